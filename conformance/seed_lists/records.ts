import type { VirtualDNS } from '../../src/runtime/virtual/index.ts'

const domain = 'test.build.10gen.cc'
const localhost = `localhost.${domain}`

/** First part of a name below the domain → its SRV record, as `[target, port]`. `test4` has none, on purpose. */
const srv: Readonly<Record<string, readonly (readonly [target: string, port: number])[]>> = {
  test1: [
    [localhost, 27017],
    [localhost, 27018]
  ],
  test2: [
    [localhost, 27018],
    [localhost, 27019]
  ],
  test3: [[localhost, 27017]],
  test5: [[localhost, 27017]],
  test6: [[localhost, 27017]],
  test7: [[localhost, 27017]],
  test8: [[localhost, 27017]],
  test10: [[localhost, 27017]],
  test11: [[localhost, 27017]],
  test12: [['localhost.build.10gen.cc', 27017]],
  test13: [['test.build.10gen.cc', 27017]],
  test14: [['localhost.not-test.build.10gen.cc', 27017]],
  test15: [['localhost.test.not-build.10gen.cc', 27017]],
  test16: [['localhost.test.build.not-10gen.cc', 27017]],
  test17: [['localhost.test.build.10gen.not-cc', 27017]],
  test18: [[`localhost.sub.${domain}`, 27017]],
  test19: [
    ['localhost.evil.build.10gen.cc', 27017],
    [localhost, 27017]
  ],
  test20: [[localhost, 27017]],
  test21: [[localhost, 27017]],
  test23: [[localhost, 8000]],
  test24: [[localhost, 8000]]
}

/** First part of a name → its TXT records, each of one or more strings. */
const txt: Readonly<Record<string, readonly (readonly string[])[]>> = {
  test5: [['replicaSet=repl0&authSource=thisDB']],
  test6: [['replicaSet=repl0'], ['authSource=otherDB']],
  test7: [['ssl=false']],
  test8: [['authSource']],
  test10: [['socketTimeoutMS=500']],
  test11: [['replicaS', 'et=rep', 'l0']],
  test20: [['loadBalanced=true']],
  test21: [['loadBalanced=false']],
  test24: [['loadBalanced=true']]
}

/** The names whose address is this machine's. */
export const localNames: ReadonlySet<string> = new Set([localhost, `localhost.sub.${domain}`])

/** The records that the specification of initial DNS seedlist discovery asks for in its test set-up. */
export function enterRecords(dns: VirtualDNS): void {
  const record = ([name, port]: readonly [string, number]): { name: string; port: number } => ({ name, port })
  for (const [part, targets] of Object.entries(srv)) dns.setSRV(`_mongodb._tcp.${part}.${domain}`, targets.map(record))
  // The set-up names the first port only; the case wants both.
  dns.setSRV(`_customname._tcp.test22.${domain}`, [record([localhost, 27017]), record([localhost, 27018])])
  for (const own of ['build.10gen.cc', domain]) dns.setSRV(`_mongodb._tcp.${own}`, [record([own, 27017])])
  for (const [part, records] of Object.entries(txt)) dns.setTXT(`${part}.${domain}`, records)
}
