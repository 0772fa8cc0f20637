// The work of interop/foreign/work.ts through MongoDB's driver for Go: a task as JSON in the first argument, its result as
// JSON on standard output.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

type task struct {
	Task        string `json:"task"`
	URI         string `json:"uri"`
	User        string `json:"user"`
	Password    string `json:"password"`
	Finds       int    `json:"finds"`
	MaxPoolSize uint64 `json:"maxPoolSize"`
}

const taskLimit = 50 * time.Second

func main() {
	var given task
	check(json.Unmarshal([]byte(os.Args[1]), &given))
	ctx, cancel := context.WithTimeout(context.Background(), taskLimit)
	defer cancel()
	var result any
	switch given.Task {
	case "crud":
		result = withClient(ctx, options.Client().ApplyURI(given.URI), crud)
	case "stepDown":
		result = withClient(ctx, options.Client().ApplyURI(given.URI), stepDown)
	case "users":
		result = users(ctx, given)
	case "poolEvents":
		result = poolEvents(ctx, given)
	default:
		log.Fatalf("there is no task %q", given.Task)
	}
	check(json.NewEncoder(os.Stdout).Encode(result))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func must[Result any](result Result, err error) Result {
	check(err)
	return result
}

func withClient[Result any](
	ctx context.Context, given *options.ClientOptions, work func(context.Context, *mongo.Client) Result,
) Result {
	client := must(mongo.Connect(given))
	defer func() { check(client.Disconnect(ctx)) }()
	return work(ctx, client)
}

// The code of an error, or "found". The driver keeps the error of a handshake to itself: only its text names the code.
func codeOf(err error) any {
	var failure mongo.ServerError
	switch {
	case err == nil, errors.Is(err, mongo.ErrNoDocuments):
		return "found"
	case errors.As(err, &failure):
		return failure.ErrorCodes()[0]
	case strings.Contains(err.Error(), "(AuthenticationFailed)"):
		return 18
	}
	return err.Error()
}

type results map[string]any

func crud(ctx context.Context, client *mongo.Client) results {
	db := client.Database("work")
	check(db.Drop(ctx))
	all := results{}
	for _, step := range []func(context.Context, *mongo.Database, results){reads, writes, queries, clientBulkWrites, administration} {
		step(ctx, db, all)
	}
	return all
}

func reads(ctx context.Context, db *mongo.Database, to results) {
	things := db.Collection("things")
	var documents []any
	for index := range 250 {
		documents = append(documents, bson.M{"_id": index, "n": index, "even": index%2 == 0})
	}
	inserted := must(things.InsertMany(ctx, documents))
	identifiers := map[any]bool{}
	for _, id := range inserted.InsertedIDs {
		identifiers[id] = true
	}
	to["insertMany tells each identifier"] = len(identifiers)

	var found []bson.M
	check(must(things.Find(ctx, bson.M{}, options.Find().SetBatchSize(100))).All(ctx, &found))
	sum, distinct := 0, map[any]bool{}
	for _, each := range found {
		sum += int(each["n"].(int32))
		distinct[each["_id"]] = true
	}
	to["find in batches of 100 gives each document once"] = bson.M{"documents": len(distinct), "sum": sum}

	var one bson.M
	check(things.FindOne(ctx, bson.M{"_id": 7}).Decode(&one))
	to["findOne by _id"] = one
	sorted := options.Find().SetSort(bson.M{"n": -1}).SetSkip(2).SetLimit(3)
	check(must(things.Find(ctx, bson.M{}, sorted)).All(ctx, &found))
	to["find with sort, skip and limit"] = idsOf(found)
	to["countDocuments with a filter"] = must(things.CountDocuments(ctx, bson.M{"even": true}))
}

func idsOf(documents []bson.M) []any {
	var ids []any
	for _, each := range documents {
		ids = append(ids, each["_id"])
	}
	return ids
}

func writes(ctx context.Context, db *mongo.Database, to results) {
	things := db.Collection("things")
	many := must(things.UpdateMany(ctx, bson.M{"even": true}, bson.M{"$inc": bson.M{"n": 1000}}))
	to["updateMany"] = bson.M{"matched": many.MatchedCount, "modified": many.ModifiedCount}
	upsert := must(things.UpdateOne(ctx, bson.M{"_id": 1000}, bson.M{"$set": bson.M{"n": 5}}, options.UpdateOne().SetUpsert(true)))
	to["updateOne with upsert"] = bson.M{
		"matched": upsert.MatchedCount, "modified": upsert.ModifiedCount, "upserted": upsert.UpsertedID,
	}
	replaced := must(things.ReplaceOne(ctx, bson.M{"_id": 1}, bson.M{"n": -1}))
	to["replaceOne"] = bson.M{"matched": replaced.MatchedCount, "modified": replaced.ModifiedCount}

	var updated, removed bson.M
	after := options.FindOneAndUpdate().SetReturnDocument(options.After)
	check(things.FindOneAndUpdate(ctx, bson.M{"_id": 2}, bson.M{"$inc": bson.M{"n": 1}}, after).Decode(&updated))
	to["findOneAndUpdate gives the document after it"] = updated
	check(things.FindOneAndDelete(ctx, bson.M{"_id": 3}).Decode(&removed))
	to["findOneAndDelete gives what was deleted"] = removed
	to["deleteMany"] = must(things.DeleteMany(ctx, bson.M{"_id": bson.M{"$gte": 200, "$lt": 1000}})).DeletedCount

	_, err := things.InsertOne(ctx, bson.M{"_id": 0})
	to["insertOne of a second document with an _id is refused"] = bson.M{"code": codeOf(err)}
	documents := []any{bson.M{"_id": 0}, bson.M{"_id": 2000}, bson.M{"_id": 1}, bson.M{"_id": 2001}}
	_, err = things.InsertMany(ctx, documents, options.InsertMany().SetOrdered(false))
	var refused mongo.BulkWriteException
	failed := []int{}
	if errors.As(err, &refused) {
		for _, each := range refused.WriteErrors {
			failed = append(failed, each.Index)
		}
	}
	stored := must(things.CountDocuments(ctx, bson.M{"_id": bson.M{"$gte": 2000}}))
	to["an unordered insertMany tells each failure by its place"] = bson.M{"failed": failed, "stored": stored}
}

func queries(ctx context.Context, db *mongo.Database, to results) {
	things := db.Collection("things")
	var groups []bson.M
	check(must(things.Aggregate(ctx, bson.A{
		bson.M{"$match": bson.M{"_id": bson.M{"$lt": 200}}},
		bson.M{"$group": bson.M{"_id": "$even", "count": bson.M{"$sum": 1}, "n": bson.M{"$sum": "$n"}}},
		bson.M{"$sort": bson.M{"_id": 1}},
	})).All(ctx, &groups))
	to["aggregate with $match, $group and $sort"] = groups

	var values []int
	check(things.Distinct(ctx, "n", bson.M{"_id": bson.M{"$lt": 6}}).Decode(&values))
	slices.Sort(values)
	to["distinct"] = values

	set := bson.M{"$set": bson.M{"n": 1}}
	bulk := must(things.BulkWrite(ctx, []mongo.WriteModel{
		mongo.NewInsertOneModel().SetDocument(bson.M{"_id": 3000}),
		mongo.NewUpdateOneModel().SetFilter(bson.M{"_id": 3000}).SetUpdate(set),
		mongo.NewUpdateOneModel().SetFilter(bson.M{"_id": 3001}).SetUpdate(set).SetUpsert(true),
		mongo.NewReplaceOneModel().SetFilter(bson.M{"_id": 4}).SetReplacement(bson.M{"n": 4}),
		mongo.NewDeleteOneModel().SetFilter(bson.M{"_id": 5}),
	}))
	to["bulkWrite of five kinds"] = bson.M{
		"inserted": bulk.InsertedCount, "matched": bulk.MatchedCount, "modified": bulk.ModifiedCount,
		"deleted": bulk.DeletedCount, "upserted": bulk.UpsertedCount,
	}
}

// They leave nothing behind.
func clientBulkWrites(ctx context.Context, db *mongo.Database, to results) {
	at := func(database string, model mongo.ClientWriteModel) mongo.ClientBulkWrite {
		return mongo.ClientBulkWrite{Database: database, Collection: "things", Model: model}
	}
	set := bson.M{"$set": bson.M{"n": 1}}
	insert := at("work", mongo.NewClientInsertOneModel().SetDocument(bson.M{"_id": 4000}))
	removal := at("work", mongo.NewClientDeleteOneModel().SetFilter(bson.M{"_id": 4000}))
	bulk := must(db.Client().BulkWrite(ctx, []mongo.ClientBulkWrite{
		insert,
		at("more", mongo.NewClientUpdateOneModel().SetFilter(bson.M{"_id": 1}).SetUpdate(set).SetUpsert(true)),
		at("work", mongo.NewClientUpdateOneModel().SetFilter(bson.M{"_id": 4000}).SetUpdate(set)),
		removal,
		at("more", mongo.NewClientDeleteOneModel().SetFilter(bson.M{"_id": 1})),
	}, options.ClientBulkWrite().SetVerboseResults(true)))
	to["bulkWrite of the client, on two collections"] = bson.M{
		"inserted": bulk.InsertedCount, "matched": bulk.MatchedCount, "modified": bulk.ModifiedCount,
		"deleted": bulk.DeletedCount, "upserted": bulk.UpsertedCount,
		"told": []int{len(bulk.InsertResults), len(bulk.UpdateResults), len(bulk.DeleteResults)},
	}

	unordered := options.ClientBulkWrite().SetOrdered(false)
	_, err := db.Client().BulkWrite(ctx, []mongo.ClientBulkWrite{insert, insert, removal}, unordered)
	var refused mongo.ClientBulkWriteException
	failed := []int{}
	if errors.As(err, &refused) {
		for place := range refused.WriteErrors {
			failed = append(failed, place)
		}
	}
	to["an unordered bulkWrite of the client tells each failure by its place"] = failed
}

func administration(ctx context.Context, db *mongo.Database, to results) {
	things := db.Collection("things")
	names := func() []string {
		found := []string{}
		for _, each := range must(things.Indexes().ListSpecifications(ctx)) {
			found = append(found, each.Name)
		}
		slices.Sort(found)
		return found
	}
	collections := func() []string { return append([]string{}, must(db.ListCollectionNames(ctx, bson.M{}))...) }

	made := must(things.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: bson.M{"n": 1}}))
	before := names()
	check(things.Indexes().DropOne(ctx, "n_1"))
	to["createIndex, listIndexes, dropIndex"] = bson.M{"made": made, "before": before, "after": names()}

	cursor := must(things.Find(ctx, bson.M{}, options.Find().SetBatchSize(2).SetSort(bson.M{"_id": 1})))
	var first bson.M
	if !cursor.Next(ctx) {
		log.Fatalf("the cursor has no document: %v", cursor.Err())
	}
	check(cursor.Decode(&first))
	check(cursor.Close(ctx))
	to["a cursor that is closed after its first document"] = first["_id"]
	unknown := db.RunCommand(ctx, bson.D{{Key: "noSuchCommand", Value: 1}}).Err()
	to["a command that there is not is refused"] = bson.M{"code": codeOf(unknown)}
	to["estimatedDocumentCount"] = must(things.EstimatedDocumentCount(ctx))
	collectionsBefore := collections()
	check(things.Drop(ctx))
	to["listCollections, before drop and after"] = bson.M{"before": collectionsBefore, "after": collections()}
}

const (
	workers     = 4
	insertsEach = 30
)

func stepDown(ctx context.Context, client *mongo.Client) results {
	admin, steps := client.Database("admin"), client.Database("work").Collection("steps")
	must(steps.DeleteMany(ctx, bson.M{}))
	primary := func() any {
		var hello bson.M
		check(admin.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello))
		return hello["me"]
	}
	before := primary()
	var failed atomic.Int64
	var group sync.WaitGroup
	for worker := range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			for index := range insertsEach {
				if worker == 0 && index == 10 {
					command := bson.D{{Key: "replSetStepDown", Value: 10}, {Key: "secondaryCatchUpPeriodSecs", Value: 5}}
					check(admin.RunCommand(ctx, command).Err())
				}
				if _, err := steps.InsertOne(ctx, bson.M{"_id": worker*insertsEach + index}); err != nil {
					failed.Add(1)
				}
			}
		}()
	}
	group.Wait()
	return results{
		"no insert failed":               failed.Load(),
		"each document was written once": must(steps.CountDocuments(ctx, bson.M{})),
		"another member is primary":      primary() != before,
	}
}

func users(ctx context.Context, given task) results {
	tried := func(credential *options.Credential) any {
		clientOptions := options.Client().ApplyURI(given.URI)
		if credential != nil {
			clientOptions.SetAuth(*credential)
		}
		return withClient(ctx, clientOptions, func(ctx context.Context, client *mongo.Client) any {
			return codeOf(client.Database("work").Collection("things").FindOne(ctx, bson.M{}).Err())
		})
	}
	with := func(password, mechanism string) *options.Credential {
		return &options.Credential{Username: given.User, Password: password, AuthMechanism: mechanism}
	}
	wrong := given.Password + "x"
	return results{
		"negotiated mechanism":                     tried(with(given.Password, "")),
		"SCRAM-SHA-256":                            tried(with(given.Password, "SCRAM-SHA-256")),
		"SCRAM-SHA-1":                              tried(with(given.Password, "SCRAM-SHA-1")),
		"a wrong password is refused":              tried(with(wrong, "")),
		"a wrong password is refused, SCRAM-SHA-1": tried(with(wrong, "SCRAM-SHA-1")),
		"without a user a find is refused":         tried(nil),
	}
}

// Counts each kind of event, under the names that the specification of pool monitoring gives them.
func poolEvents(ctx context.Context, given task) map[string]int {
	var lock sync.Mutex
	counts := map[string]int{}
	monitor := &event.PoolMonitor{Event: func(told *event.PoolEvent) {
		lock.Lock()
		defer lock.Unlock()
		counts[strings.ToLower(told.Type[:1])+told.Type[1:]]++
	}}
	clientOptions := options.Client().ApplyURI(given.URI).
		SetMaxPoolSize(given.MaxPoolSize).SetMaxConnecting(2).SetPoolMonitor(monitor)
	withClient(ctx, clientOptions, func(ctx context.Context, client *mongo.Client) error {
		var group sync.WaitGroup
		for range given.Finds {
			group.Add(1)
			go func() {
				defer group.Done()
				if code := codeOf(client.Database("work").Collection("things").FindOne(ctx, bson.M{}).Err()); code != "found" {
					log.Fatal(fmt.Sprint("a find failed: ", code))
				}
			}()
		}
		group.Wait()
		return nil
	})
	lock.Lock()
	defer lock.Unlock()
	return counts
}
