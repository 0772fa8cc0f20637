//! One side of the benchmarks: MongoDB's driver for Rust. Its argument is a task as JSON; it prints what it measured as JSON.

use std::{error::Error, future::Future, pin::Pin, sync::Arc, time::Instant};

use futures::TryStreamExt;
use mongodb::{
    Client, Collection, Database,
    bson::{Document, doc, oid::ObjectId},
    options::ClientOptions,
};
use serde_json::{Value, json};

type Failure = Box<dyn Error + Send + Sync>;
type Operation = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>> + Send + Sync>;

const DOCUMENTS_OF_FIND: u32 = 1000;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let task: Value = serde_json::from_str(&std::env::args().nth(1).ok_or("no task was given")?)?;
    let text = |name: &str| task[name].as_str().unwrap_or_default().to_owned();
    let number = |name: &str| task[name].as_u64().unwrap_or_default() as usize;
    let mut options = ClientOptions::parse(text("uri")).await?;
    options.max_pool_size = Some(number("poolSize") as u32);
    let database = Client::with_options(options)?.database(&text("database"));
    let operation = operation_of(&text("workload"), database, &text("collection"))?;
    let (operations, in_flight) = (number("operations"), number("inFlight"));
    run(&operation, operations, in_flight).await?;

    let (cpu_before, began) = (cpu_used(), Instant::now());
    let done = run(&operation, operations, in_flight).await? as f64;
    let elapsed = began.elapsed().as_secs_f64();
    let cpu = cpu_used() - cpu_before;
    println!(
        "{}",
        json!({
            "cpuUS": cpu / done,
            "operationsPerSecond": done / elapsed,
        })
    );
    Ok(())
}

fn operation_of(workload: &str, database: Database, collection: &str) -> Result<Operation, Failure> {
    let collection: Collection<Document> = database.collection(collection);
    Ok(match workload {
        "ping" => Arc::new(move || {
            let database = database.clone();
            Box::pin(async move { Ok(database.run_command(doc! { "ping": 1 }).await.map(drop)?) })
        }),
        "findOne" => {
            let id = ObjectId::parse_str("650000000000000000000000")?;
            Arc::new(move || {
                let collection = collection.clone();
                Box::pin(async move {
                    collection.find_one(doc! { "_id": id }).await?.ok_or("no document came")?;
                    Ok(())
                })
            })
        }
        "find" => Arc::new(move || {
            let collection = collection.clone();
            Box::pin(async move {
                let cursor = collection.find(doc! {}).batch_size(DOCUMENTS_OF_FIND).await?;
                let found: Vec<Document> = cursor.try_collect().await?;
                if found.len() != DOCUMENTS_OF_FIND as usize {
                    return Err(format!("{} documents came", found.len()).into());
                }
                Ok(())
            })
        }),
        "insertOne" => {
            let document = small_document();
            Arc::new(move || {
                let (collection, document) = (collection.clone(), document.clone());
                Box::pin(async move { Ok(collection.insert_one(document).await.map(drop)?) })
            })
        }
        _ => return Err(format!("there is no workload {workload}").into()),
    })
}

/// Seven texts of eight characters and six int32, without an identifier.
fn small_document() -> Document {
    let mut document = Document::new();
    for field in 0..7u32 {
        document.insert(format!("textual{field}"), format!("{:08x}", field.wrapping_mul(0x9e37_79b1)));
    }
    for field in 0..6i32 {
        document.insert(format!("numeral{field}"), field);
    }
    document
}

async fn run(operation: &Operation, operations: usize, in_flight: usize) -> Result<usize, Failure> {
    let each = operations.div_ceil(in_flight);
    let workers: Vec<_> = (0..in_flight)
        .map(|_| {
            let operation = operation.clone();
            tokio::spawn(async move {
                for _ in 0..each {
                    operation().await?;
                }
                Ok::<(), Failure>(())
            })
        })
        .collect();
    for worker in workers {
        worker.await??;
    }
    Ok(each * in_flight)
}

/// Microseconds of user and system time of this process.
fn cpu_used() -> f64 {
    // SAFETY: `rusage` is plain data, and `getrusage` fills it.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let microseconds = |time: libc::timeval| time.tv_sec as f64 * 1e6 + time.tv_usec as f64;
    microseconds(usage.ru_utime) + microseconds(usage.ru_stime)
}
