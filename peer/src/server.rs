//! Accepts connections and bounds how long they live.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use bytes::BytesMut;
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream, ToSocketAddrs},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::tungstenite::http::StatusCode;

use crate::{
    conn::{Conn, LINGER, Stop},
    ends::{TcpEnd, Teardown},
    handshake, http,
    http::Request,
    orders::Order,
    query::{Problem, Query},
    records::Records,
    routes,
    script::{self, Script},
    stream::{Stream, read_on},
    tls::Door,
};

/// The port that tests and the demo use by default.
pub const DEFAULT_PORT: u16 = 9917;

/// The longest that a connection may live.
const LIMIT: Duration = Duration::from_secs(120);

/// The server, bound but not yet serving: see [`run`](Peer::run).
pub struct Peer {
    doors: Vec<(TcpListener, Door)>,
    address: SocketAddr,
    tls: Vec<(&'static str, u16)>,
    limit: Duration,
    records: Records,
}

impl Peer {
    /// Binds the server, and returns it with a handle to its records. Port 0 picks a free port.
    ///
    /// # Errors
    ///
    /// Returns an error if the address cannot be bound, for example because its port is in use.
    pub async fn bind(addr: impl ToSocketAddrs) -> io::Result<(Peer, Records)> {
        let listener = TcpListener::bind(addr).await?;
        let address = listener.local_addr()?;
        let records = Records::new();
        let doors = vec![(listener, Door::Plain)];
        Ok((Peer { doors, address, tls: Vec::new(), limit: LIMIT, records: records.clone() }, records))
    }

    /// Listens at another host too, at the same port: browsers delay connections to a host after others to it have failed.
    ///
    /// # Errors
    ///
    /// Returns an error if the host cannot be bound. On Linux all of 127.0.0.0/8 can be, elsewhere often only 127.0.0.1.
    pub async fn bind_also(mut self, host: IpAddr) -> io::Result<Peer> {
        let listener = TcpListener::bind((host, self.address.port())).await?;
        self.doors.push((listener, Door::Plain));
        Ok(self)
    }

    /// Listens for TLS too, at a free port of its hosts so far for each TLS fault; see [`tls`](Peer::tls).
    ///
    /// # Errors
    ///
    /// Returns an error if no port is free, or if a certificate cannot be created.
    pub async fn bind_tls(mut self) -> io::Result<Peer> {
        let addresses: io::Result<Vec<_>> = self.doors.iter().map(|(listener, _)| listener.local_addr()).collect();
        let hosts: Vec<_> = addresses?.iter().map(SocketAddr::ip).collect();
        for (name, door) in Door::faults()? {
            let mut port = 0;
            for host in &hosts {
                let listener = TcpListener::bind((*host, port)).await?;
                port = listener.local_addr()?.port();
                self.doors.push((listener, door.clone()));
            }
            self.tls.push((name, port));
        }
        Ok(self)
    }

    /// Returns the address of the first host.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Returns the ports for TLS with the names of their faults, as `GET /tls` lists them.
    pub fn tls(&self) -> &[(&'static str, u16)] {
        &self.tls
    }

    /// Drops connections after this time instead of after 120 seconds.
    #[must_use]
    pub fn with_limit(self, limit: Duration) -> Peer {
        Peer { limit: limit.min(LIMIT), ..self }
    }

    /// Serves until the future is dropped, which also drops the connections.
    ///
    /// # Errors
    ///
    /// Returns none at present: when accepting fails, for example for lack of file descriptors, it is tried again.
    pub async fn run(self) -> io::Result<()> {
        let shared = Arc::new(Shared { records: self.records, tls: self.tls, limit: self.limit });
        let accepting = self.doors.into_iter().map(|(listener, door)| accept(listener, door, Arc::clone(&shared)));
        let mut accepting: JoinSet<()> = accepting.collect();
        while accepting.join_next().await.is_some() {}
        Ok(())
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, tls, limit, .. } = self;
        f.debug_struct("Peer").field("address", address).field("tls", tls).field("limit", limit).finish_non_exhaustive()
    }
}

/// What all connections share.
struct Shared {
    records: Records,
    tls: Vec<(&'static str, u16)>,
    limit: Duration,
}

async fn accept(listener: TcpListener, door: Door, shared: Arc<Shared>) {
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    tasks.spawn(serve(stream, door.clone(), Arc::clone(&shared)));
                }
                // Mostly EMFILE; no event reports that a file descriptor is free again.
                Err(_) => sleep(Duration::from_millis(20)).await,
            },
            Some(_) = tasks.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, door: Door, shared: Arc<Shared>) {
    let (records, limit) = (&shared.records, shared.limit);
    // Without Nagle's delay each write leaves at once: tests tell writes apart.
    let _ = stream.set_nodelay(true);
    let Ok(Some(mut stream)) = timeout(limit, door.enter(stream)).await else { return };
    let mut input = BytesMut::with_capacity(4096);
    let request = match http::read_head(&mut stream, &mut input).await {
        Ok(Some(request)) => request,
        Ok(None) => return,
        Err(error) => {
            let _ = timeout(limit, plain(stream, &http::text(StatusCode::BAD_REQUEST, &format!("{error}.\n")))).await;
            return;
        }
    };
    // A handshake is recorded as a WebSocket even if its path or query is wrong.
    let Some(key) = request.key.clone() else {
        let _ = timeout(limit, async { plain(stream, &respond(&request, &shared).await).await }).await;
        return;
    };
    let record = records.store.create(&request);
    let mut conn = Conn::new(stream, input, record);
    let started = Instant::now();
    match timeout(limit, run(&mut conn, &request, &key, records)).await {
        Ok(finish) => conn.finish(finish, limit.saturating_sub(started.elapsed())).await,
        Err(_) => conn.end(TcpEnd::Limit),
    }
}

/// Answers the request, and returns how to end TCP.
async fn run(conn: &mut Conn, request: &Request, key: &str, records: &Records) -> Teardown {
    match attempt(conn, request, key, records).await {
        Ok(finish) => finish,
        Err(Stop::Ended(end)) => Teardown::Done(end),
        Err(Stop::Invalid(code)) => {
            conn.queue_close(&code.to_be_bytes());
            match conn.flush().await {
                Err(Stop::Ended(end)) => Teardown::Done(end),
                _ => Teardown::Fin,
            }
        }
    }
}

/// Checks the request, answers the handshake, and plays the script.
async fn attempt(conn: &mut Conn, request: &Request, key: &str, records: &Records) -> script::Outcome {
    let plan = match plan(request) {
        Ok(plan) => plan,
        Err((status, problem)) => {
            conn.record().refused(&problem);
            conn.queue(&http::text(status, &format!("{problem}\n")));
            conn.flush().await?;
            return Ok(Teardown::Fin);
        }
    };
    conn.idle(plan.accept_delay).await?;
    script::play(plan.script, conn, &records.orders, key, plan.protocol.as_deref()).await
}

struct Plan {
    script: Script,
    protocol: Option<String>,
    accept_delay: Duration,
}

fn plan(request: &Request) -> Result<Plan, (StatusCode, Problem)> {
    let Some(route) = routes::find(request.path()).filter(|route| route.websocket) else {
        return Err((StatusCode::NOT_FOUND, format!("There is no WebSocket at {:?}.", request.path())));
    };
    let parse = || -> Result<Plan, Problem> {
        let query = &request.query;
        query.check(routes::common_params().iter().map(|param| routes::name(param)).chain(route.names()))?;
        Ok(Plan {
            script: Script::parse(route.path, query)?,
            protocol: handshake::protocol(request)?,
            accept_delay: query.millis("accept_delay")?,
        })
    };
    parse().map_err(|problem| (StatusCode::BAD_REQUEST, problem))
}

/// Writes a plain answer, then reads to the end: unread bytes would turn the FIN into a reset.
async fn plain(mut stream: Stream, bytes: &[u8]) {
    if stream.write_all(bytes).await.is_ok() && stream.shutdown().await.is_ok() {
        // A client that has not ended TCP by then is dropped.
        let _ = timeout(LINGER, read_on(&mut stream)).await;
    }
}

/// Answers a request that is not a handshake.
async fn respond(request: &Request, shared: &Shared) -> Vec<u8> {
    match request.method.as_str() {
        "GET" => {}
        "OPTIONS" => {
            let allow = "Access-Control-Allow-Methods: GET, OPTIONS\r\nAccess-Control-Allow-Headers: *\r\n";
            return http::answer(StatusCode::NO_CONTENT, "text/plain", allow, "");
        }
        method => return http::text(StatusCode::METHOD_NOT_ALLOWED, &format!("{method} is not supported.\n")),
    }
    let Some(route) = routes::find(request.path()) else {
        return http::text(StatusCode::NOT_FOUND, &format!("There is nothing at {:?}.\n", request.path()));
    };
    if route.websocket {
        let body = format!("{} is a WebSocket, and this was no handshake.\n", route.path);
        return http::answer(StatusCode::UPGRADE_REQUIRED, "text/plain", "Upgrade: websocket\r\n", &body);
    }
    let answer = async {
        request.query.check(route.names())?;
        match route.path {
            "/saw" => saw(&request.query, &shared.records).await,
            "/tell" => tell(&request.query, &shared.records).await,
            "/count" => {
                let open = shared.records.count(request.query.get("prefix").unwrap_or_default());
                Ok(http::json(StatusCode::OK, &serde_json::json!({ "open": open }).to_string()))
            }
            "/tls" => {
                let ports: serde_json::Map<_, _> =
                    shared.tls.iter().map(|(name, port)| ((*name).to_owned(), (*port).into())).collect();
                Ok(http::json(StatusCode::OK, &serde_json::Value::from(ports).to_string()))
            }
            _ => Ok(http::text(StatusCode::OK, &routes::table())),
        }
    };
    answer.await.unwrap_or_else(|problem: Problem| http::text(StatusCode::BAD_REQUEST, &format!("{problem}\n")))
}

async fn tell(query: &Query, records: &Records) -> Result<Vec<u8>, Problem> {
    query.exclusive("id", "room")?;
    let order = Order::parse(query)?;
    let is_done = match (query.get("id"), query.get("room")) {
        (Some(id), _) => records.tell(id, order).await,
        (None, Some(room)) => records.tell_room(room, order).await > 0,
        (None, None) => return Err("Parameter \"id\" or \"room\" is needed.".to_owned()),
    };
    Ok(match is_done {
        true => http::json(StatusCode::OK, "{}"),
        false => {
            http::json(StatusCode::NOT_FOUND, &serde_json::json!({ "error": "no connection takes it" }).to_string())
        }
    })
}

async fn saw(query: &Query, records: &Records) -> Result<Vec<u8>, Problem> {
    let id = query.get("id").ok_or("Parameter \"id\" is needed.")?;
    Ok(match records.saw(id, query.millis("wait")?).await {
        Some(saw) => match serde_json::to_string(&saw) {
            Ok(body) => http::json(StatusCode::OK, &body),
            Err(error) => http::text(StatusCode::INTERNAL_SERVER_ERROR, &format!("{error}\n")),
        },
        None => http::json(StatusCode::NOT_FOUND, &serde_json::json!({ "error": "unknown id" }).to_string()),
    })
}
