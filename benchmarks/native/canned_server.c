/*
 * The canned server of the benchmarks: it answers with replies that were made beforehand and looks at no more of a request
 * than its header, its command's name and the first value, so that a client is measured and nothing else. Linux only
 * (epoll). benchmarks/server/fallback.ts does the same in JavaScript and is the easier one to read.
 *
 * Arguments: the milliseconds by which the first hello of each connection is delayed; optionally a file to record requests
 * in. Tells its port on standard output, then reads the table of replies from standard input (benchmarks/server/table.ts),
 * serves, and ends when standard input does. It trusts its clients: what they send is not checked.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
  connectionsMax = 65536,
  repliesMax = 256,
  timesMax = 8,
  cursorsMax = 1024,
  lateMax = 65536,
  messageBytesMax = 48000000 + 16384,
  headerBytes = 16,
  bodyOffset = 21, /* header, flags, kind of the first section */
  opQuery = 2004,
  opMessage = 2013,
  moreToCome = 2,
  exhaustAllowed = 1 << 16
};

/* Distinguishes the identifiers of cursors from anything else that is a number. */
static const uint64_t cursorIdBase = 0x4000000000000000;

struct reply {
  char command[64], collection[64];
  int32_t delayMS; /* below zero: never answered */
  int32_t furtherBatches;
  int32_t timesCount, times[timesMax];
  int32_t cursorIdOffset; /* below zero: none */
  int32_t length;
  uint8_t *bytes;
};

struct connection {
  int fd;
  int32_t number, told;
  bool greeted;
  uint8_t *in, *out;
  size_t inBytes, inMax, outBytes, outMax;
};

/* A reply that is due later. */
struct late {
  int64_t dueMS;
  int fd;
  int32_t number, responseTo, repeatMS;
  uint64_t cursorId;
  struct reply *reply;
};

static struct reply replies[repliesMax];
static int repliesCount;
static struct connection *connections[connectionsMax];
static int32_t furtherBatches[cursorsMax];
static const char *collectionsOfCursors[cursorsMax];
static uint32_t cursorsOpened;
static struct late lates[lateMax];
static int latesCount;
static int32_t sent, connectionsSeen, handshakeDelayMS;
static int epoll, timer;
static FILE *record;

static void fail(const char *what) {
  fprintf(stderr, "canned server: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int32_t int32At(const uint8_t *bytes) {
  int32_t value;
  memcpy(&value, bytes, 4);
  return value;
}

static void *grown(void *old, size_t bytes) {
  void *larger = realloc(old, bytes);
  if (larger == NULL) fail("memory");
  return larger;
}

static int64_t nowMS(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The table of replies. */

static void readFully(void *into, size_t bytes) {
  if (fread(into, 1, bytes, stdin) != bytes) fail("the table of replies is incomplete");
}

static int32_t readInt32(void) {
  int32_t value;
  readFully(&value, 4);
  return value;
}

static void readText(char *into) {
  int32_t length = readInt32();
  if (length < 0 || length > 63) fail("a name in the table of replies is too long");
  readFully(into, length);
  into[length] = 0;
}

static void readReplies(void) {
  readInt32(); /* the table's bytes, for readers that need to know beforehand */
  repliesCount = readInt32();
  if (repliesCount > repliesMax) fail("the table has too many replies");
  for (int at = 0; at < repliesCount; at++) {
    struct reply *reply = &replies[at];
    readText(reply->command);
    readText(reply->collection);
    reply->delayMS = readInt32();
    reply->furtherBatches = readInt32();
    reply->cursorIdOffset = readInt32();
    reply->timesCount = readInt32();
    if (reply->timesCount > timesMax) fail("a reply tells the time too often");
    for (int time = 0; time < reply->timesCount; time++) reply->times[time] = readInt32();
    reply->length = readInt32();
    reply->bytes = grown(NULL, reply->length);
    readFully(reply->bytes, reply->length);
  }
}

/* The reply to the command for this collection, or for any; the last of the table is for what has none. */
static struct reply *replyTo(const char *command, const char *collection) {
  struct reply *any = &replies[repliesCount - 1];
  for (int at = 0; at < repliesCount; at++) {
    struct reply *reply = &replies[at];
    if (strcmp(reply->command, command) != 0) continue;
    if (strcmp(reply->collection, collection) == 0) return reply;
    if (reply->collection[0] == 0) any = reply;
  }
  return any;
}

/* Connections. */

static void watch(int fd, uint32_t events, int how) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  if (epoll_ctl(epoll, how, fd, &event) < 0) fail("epoll_ctl");
}

static void drop(struct connection *connection) {
  connections[connection->fd] = NULL;
  close(connection->fd);
  free(connection->in);
  free(connection->out);
  free(connection);
}

static void acceptAll(int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    if (fd >= connectionsMax) fail("too many connections");
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) fail("memory");
    connection->fd = fd;
    connection->number = ++connectionsSeen;
    connection->inMax = 4096;
    connection->in = grown(NULL, connection->inMax);
    connections[fd] = connection;
    watch(fd, EPOLLIN, EPOLL_CTL_ADD);
  }
}

static void keepForLater(struct connection *connection, const uint8_t *bytes, size_t length) {
  if (connection->outBytes + length > connection->outMax) {
    connection->outMax = connection->outBytes + length;
    connection->out = grown(connection->out, connection->outMax);
  }
  if (connection->outBytes == 0) watch(connection->fd, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
  memcpy(connection->out + connection->outBytes, bytes, length);
  connection->outBytes += length;
}

/* False when the connection is gone. */
static bool flush(struct connection *connection) {
  ssize_t gone = send(connection->fd, connection->out, connection->outBytes, MSG_NOSIGNAL);
  if (gone < 0) return errno == EAGAIN;
  connection->outBytes -= gone;
  memmove(connection->out, connection->out + gone, connection->outBytes);
  if (connection->outBytes == 0) watch(connection->fd, EPOLLIN, EPOLL_CTL_MOD);
  return true;
}

static void sendReply(
  struct connection *connection, struct reply *reply, int32_t responseTo, uint64_t cursorId, bool more
) {
  uint8_t *bytes = reply->bytes;
  size_t length = reply->length;
  connection->told = ++sent;
  memcpy(bytes + 4, &sent, 4);
  memcpy(bytes + 8, &responseTo, 4);
  if (int32At(bytes + 12) == opMessage) bytes[headerBytes] = more ? moreToCome : 0;
  for (int time = 0; time < reply->timesCount; time++) memcpy(bytes + reply->times[time], &sent, 4);
  if (reply->cursorIdOffset >= 0) memcpy(bytes + reply->cursorIdOffset, &cursorId, 8);
  ssize_t gone = 0;
  if (connection->outBytes == 0) {
    gone = send(connection->fd, bytes, length, MSG_NOSIGNAL);
    /* A peer that has gone is noticed when it is read from. */
    if (gone < 0 && errno != EAGAIN) return;
    if (gone < 0) gone = 0;
  }
  if ((size_t)gone < length) keepForLater(connection, bytes + gone, length - gone);
}

/* Late replies. */

static void arm(void) {
  int64_t firstMS = INT64_MAX;
  for (int at = 0; at < latesCount; at++)
    if (lates[at].dueMS < firstMS) firstMS = lates[at].dueMS;
  struct itimerspec when = {0};
  if (latesCount > 0) {
    when.it_value.tv_sec = firstMS / 1000;
    when.it_value.tv_nsec = firstMS % 1000 * 1000000 + 1;
  }
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void sendLater(struct late late, int32_t delayMS) {
  if (latesCount == lateMax) fail("too many replies wait");
  late.dueMS = nowMS() + delayMS;
  lates[latesCount++] = late;
  arm();
}

static void sendDue(void) {
  uint64_t expirations;
  if (read(timer, &expirations, sizeof expirations) < 0) return;
  int64_t timeMS = nowMS();
  for (int at = 0; at < latesCount;) {
    struct late *late = &lates[at];
    if (late->dueMS > timeMS) {
      at++;
      continue;
    }
    struct connection *connection = connections[late->fd];
    bool there = connection != NULL && connection->number == late->number;
    if (there) sendReply(connection, late->reply, late->responseTo, late->cursorId, late->repeatMS > 0);
    if (there && late->repeatMS > 0) {
      late->responseTo = sent;
      late->dueMS = timeMS + late->repeatMS;
      at++;
    } else {
      lates[at] = lates[--latesCount];
    }
  }
  arm();
}

/* Requests. */

/* How long a hello may wait for a change, which never comes; below zero when it asks for an answer at once. */
static int32_t awaitMS(const uint8_t *message, size_t length) {
  static const char name[] = "maxAwaitTimeMS";
  const uint8_t *at = memmem(message, length, name, sizeof name);
  if (at == NULL || at + sizeof name + 8 > message + length) return -1;
  const uint8_t *value = at + sizeof name;
  if (at[-1] != 1) return int32At(value); /* int32, or the low half of an int64 */
  double number;
  memcpy(&number, value, 8);
  return (int32_t)number;
}

static bool isHello(const char *command) {
  return strcmp(command, "hello") == 0 || strcasecmp(command, "ismaster") == 0;
}

static uint64_t cursorOpened(const struct reply *reply) {
  uint32_t slot = cursorsOpened++ % cursorsMax;
  furtherBatches[slot] = reply->furtherBatches;
  collectionsOfCursors[slot] = reply->collection;
  return cursorIdBase + slot;
}

static uint64_t cursorAfterBatch(uint64_t id) {
  return --furtherBatches[id % cursorsMax] > 0 ? id : 0;
}

/* The value of the command's first element, or for getMore what its cursor is of. */
static const char *collectionOf(const char *command, uint8_t type, const uint8_t *value) {
  if (strcmp(command, "getMore") != 0) return type == 2 ? (const char *)value + 4 : "";
  uint64_t id;
  memcpy(&id, value, 8);
  const char *collection = collectionsOfCursors[id % cursorsMax];
  return collection == NULL ? "" : collection;
}

static void answer(struct connection *connection, const uint8_t *message, int32_t length) {
  struct late late = {.fd = connection->fd, .number = connection->number, .responseTo = int32At(message + 4)};
  bool first = !connection->greeted;
  connection->greeted = true;
  if (int32At(message + 12) == opQuery) {
    late.reply = replyTo("legacy hello", "");
    if (first && handshakeDelayMS > 0) sendLater(late, handshakeDelayMS);
    else sendReply(connection, late.reply, late.responseTo, 0, false);
    return;
  }
  const uint8_t *element = message + bodyOffset + 4;
  const char *command = (const char *)element + 1;
  const uint8_t *value = element + 1 + strlen(command) + 1;
  int32_t flags = int32At(message + headerBytes);
  if (flags & moreToCome) return;
  late.reply = replyTo(command, collectionOf(command, *element, value));
  int32_t delayMS = late.reply->delayMS;
  if (isHello(command)) {
    int32_t waitMS = awaitMS(message, length);
    if (waitMS >= 0 && flags & exhaustAllowed) late.repeatMS = waitMS;
    delayMS = waitMS >= 0 ? waitMS : first ? handshakeDelayMS : 0;
  }
  if (late.reply->furtherBatches > 0) late.cursorId = cursorOpened(late.reply);
  if (strcmp(command, "getMore") == 0) {
    memcpy(&late.cursorId, value, 8);
    late.cursorId = cursorAfterBatch(late.cursorId);
  }
  if (delayMS < 0) return;
  if (delayMS > 0) sendLater(late, delayMS);
  else sendReply(connection, late.reply, late.responseTo, late.cursorId, false);
}

static void recordRequest(const struct connection *connection, const uint8_t *message, int32_t length) {
  fwrite(&connection->number, 4, 1, record);
  fwrite(&connection->told, 4, 1, record);
  fwrite(message, 1, length, record);
}

/* False when the connection is gone, or sends what no client of MongoDB would. */
static bool receive(struct connection *connection) {
  ssize_t came =
    recv(connection->fd, connection->in + connection->inBytes, connection->inMax - connection->inBytes, 0);
  if (came <= 0) return came < 0 && errno == EAGAIN;
  connection->inBytes += came;
  size_t at = 0;
  while (connection->inBytes - at >= headerBytes) {
    const uint8_t *message = connection->in + at;
    int32_t length = int32At(message);
    if (length < bodyOffset + 7 || length > messageBytesMax) return false;
    if ((size_t)length > connection->inBytes - at) break;
    if (record != NULL) recordRequest(connection, message, length);
    answer(connection, message, length);
    at += length;
  }
  connection->inBytes -= at;
  memmove(connection->in, connection->in + at, connection->inBytes);
  if (connection->inBytes < 4) return true;
  size_t needed = int32At(connection->in);
  if (needed > connection->inMax) {
    connection->inMax = needed;
    connection->in = grown(connection->in, needed);
  }
  return true;
}

static int listening(void) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 4096) < 0) fail("listen");
  getsockname(listener, (struct sockaddr *)&address, &length);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

/* As many connections as the system lets a process have. */
static void raiseLimitOfFiles(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) fail("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) fail("setrlimit");
}

static void serve(struct connection *connection, uint32_t events) {
  bool there = true;
  if (events & EPOLLOUT) there = flush(connection);
  if (there && events & (EPOLLIN | EPOLLHUP | EPOLLERR)) there = receive(connection);
  if (!there) drop(connection);
}

int main(int count, char **arguments) {
  handshakeDelayMS = count > 1 ? atoi(arguments[1]) : 0;
  if (count > 2 && (record = fopen(arguments[2], "wb")) == NULL) fail(arguments[2]);
  raiseLimitOfFiles();
  int listener = listening();
  /* Unbuffered, so that nothing of standard input is held back from epoll. */
  setvbuf(stdin, NULL, _IONBF, 0);
  readReplies();
  epoll = epoll_create1(EPOLL_CLOEXEC);
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  watch(listener, EPOLLIN, EPOLL_CTL_ADD);
  watch(timer, EPOLLIN, EPOLL_CTL_ADD);
  watch(STDIN_FILENO, EPOLLIN, EPOLL_CTL_ADD);
  for (;;) {
    struct epoll_event events[256];
    int ready = epoll_wait(epoll, events, 256, -1);
    for (int at = 0; at < ready; at++) {
      int fd = events[at].data.fd;
      if (fd == listener) acceptAll(listener);
      else if (fd == timer) sendDue();
      else if (fd == STDIN_FILENO) {
        if (record != NULL) fclose(record);
        return 0;
      } else if (connections[fd] != NULL) serve(connections[fd], events[at].events);
    }
  }
}
