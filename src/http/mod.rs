//! The HTTP server of operators: status page, metrics, health, version. One thread of its own; it reads what others publish.
//!
//! | path | answers |
//! |---|---|
//! | `/` | the status page; its files are below `/page/` |
//! | `/api/status` | what `/metrics` shows, for the page; JSON |
//! | `/api/events?after=NUMBER&limit=N` | summaries of the newest committed records; JSON |
//! | `/api/events/NUMBER` | one of them as a whole; JSON |
//! | `/metrics` | Prometheus' text format |
//! | `/livez` | 200 while both Kafka threads turn, else 503; JSON |
//! | `/readyz` | 200 when the index is there and the group joined, else 503 with the reason; JSON |
//! | `/version` | what is running; JSON |
//!
//! It never changes anything and never waits for a Kafka thread. It has no authentication: let it listen where only operators come.
//! It answers only to names that are its own (`host`), and texts of articles are shown only where `HttpState::hidden` is none.

mod bounded;
mod events;
mod host;
mod page;
mod status;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::ops::Deref;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use tokio::sync::oneshot;

use crate::config::TopicSettings;
use crate::telemetry::labels::OutputKind;
use crate::telemetry::{Health, Metrics};

/// How long a stop waits for answers under way.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// What the server shows.
#[derive(Clone, Debug)]
pub struct HttpState {
    /// `/metrics` and `/version`.
    pub metrics: Arc<Metrics>,
    /// `/livez` and `/readyz`.
    pub health: Arc<Health>,
    /// What the status page calls the worker's surroundings.
    pub cluster: Cluster,
    /// Names in `Host` that are answered to, beside addresses and `localhost`.
    pub host_names: Vec<String>,
    /// Why the texts of articles are not shown; none where they are.
    pub hidden: Option<&'static str>,
}

/// Where the worker works, in names that an operator knows.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    /// `host:port` of brokers, separated by commas.
    pub bootstrap: String,
    /// The consumer group.
    pub group: String,
    /// The topics.
    pub topics: TopicSettings,
}

impl Cluster {
    fn topic_of(&self, kind: OutputKind) -> &str {
        match kind {
            OutputKind::Published | OutputKind::Updated | OutputKind::Withdrawn => &self.topics.articles,
            OutputKind::Duplicate => &self.topics.duplicates,
            OutputKind::DeadLetter => &self.topics.dead_letters,
        }
    }
}

/// What all answers are made from.
#[derive(Clone, Debug)]
struct Shared {
    state: Arc<HttpState>,
    /// When the server began: numbers of records are counted from there.
    started_millis: i64,
}

impl Deref for Shared {
    type Target = HttpState;

    fn deref(&self) -> &HttpState {
        &self.state
    }
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The port is taken.
    #[error("can't listen on {0}: the port is taken; set http.listen to another, or http.enabled to false")]
    PortTaken(SocketAddr),
    /// The address can't be listened on.
    #[error("can't listen on {0} (http.listen): {1}")]
    Listen(SocketAddr, #[source] io::Error),
    /// The thread could not be started.
    #[error("can't start the HTTP server: {0}")]
    Start(#[source] io::Error),
}

/// A server that runs. Dropping it stops it.
#[derive(Debug)]
pub struct HttpServer {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl HttpServer {
    /// Stops listening, lets answers under way end (two seconds at most), and returns when the port is free.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The receiver is gone only where the thread has ended by itself.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the HTTP server ended in a panic");
        }
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.end();
    }
}

/// Starts the server. The port is bound when this returns; port 0 takes a free one.
///
/// # Errors
/// The address is taken or can't be used, or the process has no thread left.
pub fn serve(listen: SocketAddr, state: HttpState) -> Result<(SocketAddr, HttpServer), HttpError> {
    let listener = TcpListener::bind(listen).map_err(|e| match e.kind() {
        io::ErrorKind::AddrInUse => HttpError::PortTaken(listen),
        _ => HttpError::Listen(listen, e),
    })?;
    listener.set_nonblocking(true).map_err(HttpError::Start)?;
    let address = listener.local_addr().map_err(HttpError::Start)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(HttpError::Start)?;
    let listener = {
        let _inside = runtime.enter();
        tokio::net::TcpListener::from_std(listener).map_err(HttpError::Start)?
    };

    let (stop, stopped) = oneshot::channel();
    let run = move || {
        runtime.block_on(run_until(listener, router(state), stopped));
        // A connection that still hangs is not waited for.
        runtime.shutdown_background();
    };
    let thread = std::thread::Builder::new().name("http".into()).spawn(run).map_err(HttpError::Start)?;
    Ok((address, HttpServer { stop: Some(stop), thread: Some(thread) }))
}

async fn run_until(listener: tokio::net::TcpListener, router: Router, stopped: oneshot::Receiver<()>) {
    let (tell, told) = oneshot::channel::<()>();
    let graceful = async move {
        let _ = stopped.await;
        let _ = tell.send(());
    };
    let server = axum::serve(bounded::BoundedListener::new(listener, bounded::BOUNDS), router).with_graceful_shutdown(graceful);
    let out_of_patience = async move {
        let _ = told.await;
        tokio::time::sleep(STOP_GRACE).await;
    };
    tokio::select! {
        result = server.into_future() => {
            if let Err(e) = result {
                tracing::error!(error = %e, "the HTTP server ended");
            }
        }
        () = out_of_patience => {}
    }
}

fn router(state: HttpState) -> Router {
    let shared = Shared { state: Arc::new(state), started_millis: now_millis() };
    let files = page::FILES.iter().fold(Router::new(), |router, (path, media_type, text)| router.route(path, get(async || page::answer(media_type, text))));
    files
        .route("/api/status", get(status::status))
        .route("/api/events", get(events::list))
        .route("/api/events/{number}", get(events::one))
        .route("/metrics", get(metrics))
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/version", get(version))
        .layer(from_fn_with_state(shared.clone(), host::check))
        .layer(map_response(sober))
        .with_state(shared)
}

/// Every answer is of this moment, and is what its type says.
async fn sober(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn now_millis() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

async fn metrics(State(state): State<Shared>) -> Response {
    let text = state.metrics.render(now_millis());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

async fn livez(State(state): State<Shared>) -> Response {
    let report = state.health.live();
    (code(report.live), Json(report)).into_response()
}

async fn readyz(State(state): State<Shared>) -> Response {
    let report = state.health.ready();
    (code(report.ready), Json(report)).into_response()
}

async fn version(State(state): State<Shared>) -> Response {
    Json(state.metrics.build()).into_response()
}

fn code(good: bool) -> StatusCode {
    if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

#[cfg(test)]
mod tests;
