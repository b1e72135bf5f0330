//! A listener that can't be used up: so many connections at once, and none that may take its time.
//!
//! A client that is slow, or says nothing, would else hold a file descriptor that a Kafka client may need, and a place that a health check
//! needs. Each step of a connection has a deadline, and where all places are taken a newcomer gets that of the connection whose last whole
//! answer is longest ago. So whoever asks at once is answered at once, however many there are who don't.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep};

/// How many connections, and how long each step of one may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// At once.
    pub connections: usize,
    /// From the connection, or a further request's first byte, to the head's end.
    pub head: Duration,
    /// From an answer's first byte until the client has taken all of it.
    pub answer: Duration,
    /// Between an answer and the next request. Longer than the usual scrape interval, so that a connection is kept.
    pub idle: Duration,
}

pub(super) const BOUNDS: Bounds = Bounds { connections: 64, head: Duration::from_secs(5), answer: Duration::from_secs(30), idle: Duration::from_secs(90) };

/// Accepts connections, but not too many.
#[derive(Debug)]
pub(super) struct BoundedListener {
    listener: TcpListener,
    bounds: Bounds,
    places: Vec<Place>,
    /// Whole answers and new connections so far: the clock by which the longest waiting is found.
    steps: Arc<AtomicU64>,
}

/// A connection, as the listener sees it. Letting it go ends the connection.
#[derive(Debug)]
struct Place {
    /// When it was accepted, or its last whole answer was taken.
    fresh: Arc<AtomicU64>,
    held: oneshot::Sender<()>,
}

impl BoundedListener {
    pub(super) fn new(listener: TcpListener, bounds: Bounds) -> BoundedListener {
        BoundedListener { listener, bounds, places: Vec::with_capacity(bounds.connections), steps: Arc::default() }
    }

    /// Makes room, and takes the place.
    fn seat(&mut self, stream: TcpStream) -> BoundedStream {
        self.places.retain(|place| !place.held.is_closed());
        while self.places.len() >= self.bounds.connections
            && let Some(oldest) = (0..self.places.len()).min_by_key(|i| self.places[*i].fresh.load(Ordering::Relaxed))
        {
            self.places.swap_remove(oldest);
        }
        let (held, evicted) = oneshot::channel();
        let fresh = Arc::new(AtomicU64::new(self.steps.fetch_add(1, Ordering::Relaxed)));
        self.places.push(Place { fresh: fresh.clone(), held });
        let deadline = Box::pin(sleep(self.bounds.head));
        BoundedStream { stream, bounds: self.bounds, step: Step::Head, deadline, evicted, is_evicted: false, fresh, steps: self.steps.clone() }
    }
}

impl Listener for BoundedListener {
    type Io = BoundedStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (BoundedStream, SocketAddr) {
        // Who was accepted before is heard first: else a crowd that comes at once would take the places of those who ask.
        tokio::task::yield_now().await;
        // axum's own accept for TCP waits and tries again where descriptors are used up.
        let (stream, address) = Listener::accept(&mut self.listener).await;
        (self.seat(stream), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// What a connection does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// A request's head is read.
    Head,
    /// An answer is written. Answers here wait for nothing but the client, and no request has a body that is read.
    Answer,
    /// Nothing since the last answer.
    Idle,
}

/// A connection that ends when a step of it takes too long, or a newcomer needs its place.
#[derive(Debug)]
pub(super) struct BoundedStream {
    stream: TcpStream,
    bounds: Bounds,
    step: Step,
    deadline: Pin<Box<Sleep>>,
    /// Answers when the listener let the place go.
    evicted: oneshot::Receiver<()>,
    is_evicted: bool,
    fresh: Arc<AtomicU64>,
    steps: Arc<AtomicU64>,
}

impl BoundedStream {
    /// Begins a step, and its time.
    fn begin(&mut self, step: Step) {
        if self.step == step {
            return;
        }
        self.step = step;
        let limit = match step {
            Step::Head => self.bounds.head,
            Step::Answer => self.bounds.answer,
            Step::Idle => self.bounds.idle,
        };
        self.deadline.as_mut().reset(Instant::now() + limit);
    }

    /// An error where the connection has to end; else whoever waits for it is woken when it has to.
    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.deadline.as_mut().poll(cx).is_ready() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.is_evicted = self.is_evicted || Pin::new(&mut self.evicted).poll(cx).is_ready();
        if self.is_evicted { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }
}

impl AsyncRead for BoundedStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before && self.step == Step::Idle {
            self.begin(Step::Head);
        }
        read
    }
}

impl AsyncWrite for BoundedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.begin(Step::Answer);
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    /// Comes when all of an answer was handed to the system.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if self.step == Step::Answer && flushed.is_ready() {
            self.begin(Step::Idle);
            let now = self.steps.fetch_add(1, Ordering::Relaxed);
            self.fresh.store(now, Ordering::Relaxed);
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
