"""The work of interop/foreign/work.ts through PyMongo: a task as JSON in the first argument, its result as JSON on stdout."""

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from pymongo import DeleteOne, InsertOne, MongoClient, ReplaceOne, ReturnDocument, UpdateOne
from pymongo.errors import BulkWriteError, ClientBulkWriteException, OperationFailure, PyMongoError
from pymongo.monitoring import ConnectionPoolListener


def code_of(work):
    """The code of the error that the work ends with, or "found"."""
    try:
        work()
        return "found"
    except OperationFailure as error:
        return error.code
    except PyMongoError as error:
        return f"{type(error).__name__}: {error}"


def crud(task):
    with MongoClient(task["uri"]) as client:
        client.drop_database("work")
        things = client.work.things
        return {**reads(things), **writes(things), **queries(things), **client_bulk_writes(client), **administration(client.work)}


def reads(things):
    documents = [{"_id": index, "n": index, "even": index % 2 == 0} for index in range(250)]
    inserted = things.insert_many(documents)
    found = list(things.find({}, batch_size=100))
    return {
        "insertMany tells each identifier": len(set(inserted.inserted_ids)),
        "find in batches of 100 gives each document once": {
            "documents": len({document["_id"] for document in found}),
            "sum": sum(document["n"] for document in found),
        },
        "findOne by _id": things.find_one({"_id": 7}),
        "find with sort, skip and limit": [each["_id"] for each in things.find({}).sort("n", -1).skip(2).limit(3)],
        "countDocuments with a filter": things.count_documents({"even": True}),
    }


def writes(things):
    many = things.update_many({"even": True}, {"$inc": {"n": 1000}})
    upsert = things.update_one({"_id": 1000}, {"$set": {"n": 5}}, upsert=True)
    replaced = things.replace_one({"_id": 1}, {"n": -1})
    updated = things.find_one_and_update({"_id": 2}, {"$inc": {"n": 1}}, return_document=ReturnDocument.AFTER)
    removed = things.find_one_and_delete({"_id": 3})
    deleted = things.delete_many({"_id": {"$gte": 200, "$lt": 1000}})
    failed = []
    try:
        things.insert_many([{"_id": 0}, {"_id": 2000}, {"_id": 1}, {"_id": 2001}], ordered=False)
    except BulkWriteError as error:
        failed = [each["index"] for each in error.details["writeErrors"]]
    return {
        "updateMany": {"matched": many.matched_count, "modified": many.modified_count},
        "updateOne with upsert": {
            "matched": upsert.matched_count,
            "modified": upsert.modified_count,
            "upserted": upsert.upserted_id,
        },
        "replaceOne": {"matched": replaced.matched_count, "modified": replaced.modified_count},
        "findOneAndUpdate gives the document after it": updated,
        "findOneAndDelete gives what was deleted": removed,
        "deleteMany": deleted.deleted_count,
        "insertOne of a second document with an _id is refused": {"code": code_of(lambda: things.insert_one({"_id": 0}))},
        "an unordered insertMany tells each failure by its place": {
            "failed": failed,
            "stored": things.count_documents({"_id": {"$gte": 2000}}),
        },
    }


def queries(things):
    groups = things.aggregate(
        [
            {"$match": {"_id": {"$lt": 200}}},
            {"$group": {"_id": "$even", "count": {"$sum": 1}, "n": {"$sum": "$n"}}},
            {"$sort": {"_id": 1}},
        ]
    )
    bulk = [
        InsertOne({"_id": 3000}),
        UpdateOne({"_id": 3000}, {"$set": {"n": 1}}),
        UpdateOne({"_id": 3001}, {"$set": {"n": 1}}, upsert=True),
        ReplaceOne({"_id": 4}, {"n": 4}),
        DeleteOne({"_id": 5}),
    ]
    found = {
        "aggregate with $match, $group and $sort": list(groups),
        "distinct": sorted(things.distinct("n", {"_id": {"$lt": 6}})),
    }
    written = things.bulk_write(bulk)
    found["bulkWrite of five kinds"] = {
        "inserted": written.inserted_count,
        "matched": written.matched_count,
        "modified": written.modified_count,
        "deleted": written.deleted_count,
        "upserted": written.upserted_count,
    }
    return found


def client_bulk_writes(client):
    """They leave nothing behind."""
    namespace = "work.things"
    other = "more.things"
    update = {"$set": {"n": 1}}
    insert = InsertOne({"_id": 4000}, namespace=namespace)
    removal = DeleteOne({"_id": 4000}, namespace=namespace)
    bulk = client.bulk_write(
        [
            insert,
            UpdateOne({"_id": 1}, update, upsert=True, namespace=other),
            UpdateOne({"_id": 4000}, update, namespace=namespace),
            removal,
            DeleteOne({"_id": 1}, namespace=other),
        ],
        verbose_results=True,
    )
    failed = []
    try:
        client.bulk_write([insert, insert, removal], ordered=False)
    except ClientBulkWriteException as error:
        failed = [refusal["idx"] for refusal in error.write_errors]
    return {
        "bulkWrite of the client, on two collections": {
            "inserted": bulk.inserted_count,
            "matched": bulk.matched_count,
            "modified": bulk.modified_count,
            "deleted": bulk.deleted_count,
            "upserted": bulk.upserted_count,
            "told": [len(bulk.insert_results), len(bulk.update_results), len(bulk.delete_results)],
        },
        "an unordered bulkWrite of the client tells each failure by its place": failed,
    }


def administration(database):
    things = database.things
    made = things.create_index([("n", 1)])
    before = sorted(index["name"] for index in things.list_indexes())
    things.drop_index("n_1")
    after = sorted(index["name"] for index in things.list_indexes())
    cursor = things.find({}, batch_size=2).sort("_id", 1)
    first = cursor.next()
    cursor.close()
    unknown = code_of(lambda: database.command("noSuchCommand"))
    estimated = things.estimated_document_count()
    collections = database.list_collection_names()
    things.drop()
    return {
        "createIndex, listIndexes, dropIndex": {"made": made, "before": before, "after": after},
        "a cursor that is closed after its first document": first["_id"],
        "a command that there is not is refused": {"code": unknown},
        "estimatedDocumentCount": estimated,
        "listCollections, before drop and after": {"before": collections, "after": database.list_collection_names()},
    }


WORKERS = 4
INSERTS_EACH = 30


def step_down(task):
    with MongoClient(task["uri"]) as client:
        steps = client.work.steps
        steps.delete_many({})
        before = client.admin.command("hello")["me"]

        def insert_all(worker):
            failed = 0
            for index in range(INSERTS_EACH):
                if worker == 0 and index == 10:
                    client.admin.command("replSetStepDown", 10, secondaryCatchUpPeriodSecs=5)
                document = {"_id": worker * INSERTS_EACH + index}
                if code_of(lambda: steps.insert_one(document)) != "found":
                    failed += 1
            return failed

        with ThreadPoolExecutor(WORKERS) as threads:
            failed = sum(threads.map(insert_all, range(WORKERS)))
        return {
            "no insert failed": failed,
            "each document was written once": steps.count_documents({}),
            "another member is primary": client.admin.command("hello")["me"] != before,
        }


def users(task):
    def tried(**options):
        with MongoClient(task["uri"], **options) as client:
            return code_of(lambda: client.work.things.find_one())

    right = {"username": task["user"], "password": task["password"]}
    wrong = {**right, "password": task["password"] + "x"}
    return {
        "negotiated mechanism": tried(**right),
        "SCRAM-SHA-256": tried(**right, authMechanism="SCRAM-SHA-256"),
        "SCRAM-SHA-1": tried(**right, authMechanism="SCRAM-SHA-1"),
        "a wrong password is refused": tried(**wrong),
        "a wrong password is refused, SCRAM-SHA-1": tried(**wrong, authMechanism="SCRAM-SHA-1"),
        "without a user a find is refused": tried(),
    }


class Counting(ConnectionPoolListener):
    """Counts each kind of event, under the names that the specification of pool monitoring gives them."""

    def __init__(self):
        self.told = []

    def pool_created(self, event):
        self.told.append("connectionPoolCreated")

    def pool_ready(self, event):
        self.told.append("connectionPoolReady")

    def pool_cleared(self, event):
        self.told.append("connectionPoolCleared")

    def pool_closed(self, event):
        self.told.append("connectionPoolClosed")

    def connection_created(self, event):
        self.told.append("connectionCreated")

    def connection_ready(self, event):
        self.told.append("connectionReady")

    def connection_closed(self, event):
        self.told.append("connectionClosed")

    def connection_check_out_started(self, event):
        self.told.append("connectionCheckOutStarted")

    def connection_check_out_failed(self, event):
        self.told.append("connectionCheckOutFailed")

    def connection_checked_out(self, event):
        self.told.append("connectionCheckedOut")

    def connection_checked_in(self, event):
        self.told.append("connectionCheckedIn")


def pool_events(task):
    listener = Counting()
    size, finds = task["maxPoolSize"], task["finds"]
    with MongoClient(task["uri"], maxPoolSize=size, maxConnecting=2, event_listeners=[listener]) as client:
        with ThreadPoolExecutor(finds) as threads:
            list(threads.map(lambda _: client.work.things.find_one(), range(finds)))
    return Counter(listener.told)


TASKS = {"crud": crud, "stepDown": step_down, "users": users, "poolEvents": pool_events}

if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    print(json.dumps(TASKS[given["task"]](given)))
