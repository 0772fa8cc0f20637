// One side of the benchmarks: MongoDB's driver for Go. Its argument is a task as JSON; it prints what it measured as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"sync"
	"syscall"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

type task struct {
	URI        string `json:"uri"`
	Workload   string `json:"workload"`
	Database   string `json:"database"`
	Collection string `json:"collection"`
	Operations int    `json:"operations"`
	InFlight   int    `json:"inFlight"`
	PoolSize   uint64 `json:"poolSize"`
}

const documentsOfFind = 1000

func main() {
	var given task
	check(json.Unmarshal([]byte(os.Args[1]), &given))
	ctx := context.Background()
	client, err := mongo.Connect(options.Client().ApplyURI(given.URI).SetMaxPoolSize(given.PoolSize))
	check(err)
	operation := operationOf(given, client.Database(given.Database))
	run(ctx, operation, given)

	cpuBefore, began := cpuUsed(), time.Now()
	done := run(ctx, operation, given)
	cpu, elapsed := cpuUsed()-cpuBefore, time.Since(began)
	check(client.Disconnect(ctx))
	check(json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"cpuUS":               float64(cpu.Microseconds()) / float64(done),
		"operationsPerSecond": float64(done) / elapsed.Seconds(),
	}))
}

func operationOf(given task, db *mongo.Database) func(context.Context) error {
	collection := db.Collection(given.Collection)
	id, err := bson.ObjectIDFromHex("650000000000000000000000")
	check(err)
	switch given.Workload {
	case "ping":
		return func(ctx context.Context) error { return db.RunCommand(ctx, bson.D{{Key: "ping", Value: 1}}).Err() }
	case "findOne":
		return func(ctx context.Context) error {
			var found bson.D
			return collection.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Decode(&found)
		}
	case "find":
		return func(ctx context.Context) error {
			var found []bson.D
			cursor, err := collection.Find(ctx, bson.D{}, options.Find().SetBatchSize(documentsOfFind))
			if err != nil {
				return err
			}
			if err := cursor.All(ctx, &found); err != nil {
				return err
			}
			if len(found) != documentsOfFind {
				return fmt.Errorf("%d documents came", len(found))
			}
			return nil
		}
	case "insertOne":
		document := smallDocument()
		return func(ctx context.Context) error {
			_, err := collection.InsertOne(ctx, document)
			return err
		}
	}
	log.Fatalf("there is no workload %q", given.Workload)
	return nil
}

// Seven texts of eight characters and six int32, without an identifier.
func smallDocument() bson.D {
	var document bson.D
	for field := range 7 {
		document = append(document, bson.E{Key: fmt.Sprintf("textual%d", field), Value: fmt.Sprintf("%08x", uint32(field)*0x9e3779b1)})
	}
	for field := range 6 {
		document = append(document, bson.E{Key: fmt.Sprintf("numeral%d", field), Value: int32(field)})
	}
	return document
}

func run(ctx context.Context, operation func(context.Context) error, given task) int {
	each := (given.Operations + given.InFlight - 1) / given.InFlight
	var workers sync.WaitGroup
	for range given.InFlight {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for range each {
				check(operation(ctx))
			}
		}()
	}
	workers.Wait()
	return each * given.InFlight
}

func cpuUsed() time.Duration {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
