//! A cluster of Apache Kafka (KRaft) for one test or for all of a process: brokers as child processes on ports of their own, data in
//! a temporary folder. Both are gone when the cluster is dropped, and also when the test process is killed.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use copydesk::kafka::client::Connection;
use copydesk::kafka::tokens::{TokenSource, Tokens};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::jars::{Jars, format_storage};
use super::ports::{self, Port};
use super::process::{Folder, Process, tail};
use super::tls;

/// How long a broker may take for anything. It takes seconds where the machine is idle.
const PATIENCE: Duration = Duration::from_secs(120);

/// What cluster to start.
#[derive(Clone, Debug)]
pub struct Options {
    /// 1 or 3: with 3, topics have 3 replicas and `min.insync.replicas` 2.
    pub brokers: usize,
    /// Clients must use TLS and prove who they are, by SASL (SCRAM, PLAIN, OAUTHBEARER) or, on a listener of its own, by a certificate. They may do
    /// what they are allowed to (see `acls`); `admin` may do everything.
    pub secured: bool,
    /// Names and passwords beside `admin`, with `secured`.
    pub users: Vec<(&'static str, &'static str)>,
    /// More settings of each broker; they win.
    pub properties: Vec<(&'static str, String)>,
    /// Heap of each broker.
    pub heap_mb: u32,
}

impl Default for Options {
    fn default() -> Self {
        Options { brokers: 1, secured: false, users: Vec::new(), properties: Vec::new(), heap_mb: 256 }
    }
}

impl Options {
    /// Three brokers.
    pub fn three() -> Options {
        Options { brokers: 3, heap_mb: 384, ..Options::default() }
    }
}

/// A running cluster. Brokers are numbered from 1.
pub struct Cluster {
    // Before the folder, so that they are dead when it is removed.
    brokers: Vec<Broker>,
    options: Options,
    certificates: Option<tls::Certificates>,
    folder: Folder,
}

struct Broker {
    id: usize,
    port: Port,
    /// Where clients with certificates come, with `secured`.
    certified: Port,
    /// Held for its claim.
    _controller: Port,
    properties: PathBuf,
    process: Option<Process>,
    starts: usize,
}

/// The settings of one broker. Internal topics are small, groups don't wait for more members, and a broker that was killed may come back
/// after 4 s instead of 9 (its old session must have ended).
pub fn server_properties(id: usize, brokers: usize, port: u16, controller: u16, voters: &str, data: &Path) -> String {
    let (replicas, in_sync) = if brokers >= 3 { (3, 2) } else { (1, 1) };
    format!(
        "process.roles=broker,controller
node.id={id}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
num.partitions=1
default.replication.factor={replicas}
min.insync.replicas={in_sync}
offsets.topic.replication.factor={replicas}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={in_sync}
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=4000
auto.create.topics.enable=false
log.cleaner.enable=true
log.cleaner.dedupe.buffer.size=2097152
",
        data = data.display()
    )
}

/// What makes clients identify themselves and be allowed what they do. The controllers among themselves stay in the clear, on loopback. A session
/// lasts as long as the token that it began with.
fn security_properties(port: u16, certified: u16, users: &[(&str, &str)], certificates: &tls::Certificates) -> String {
    let plain: String = users.iter().map(|(name, password)| format!(" user_{name}=\"{password}\"")).collect();
    format!(
        "listeners=SASL_SSL://127.0.0.1:{port},SSL://127.0.0.1:{certified},CONTROLLER://127.0.0.1:CONTROLLER_PORT
advertised.listeners=SASL_SSL://127.0.0.1:{port},SSL://127.0.0.1:{certified}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL
inter.broker.listener.name=SASL_SSL
listener.name.ssl.ssl.client.auth=required
ssl.principal.mapping.rules=RULE:^CN=([^,]*)$/$1/
sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN,OAUTHBEARER
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required{plain};
listener.name.sasl_ssl.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;
listener.name.sasl_ssl.oauthbearer.sasl.server.callback.handler.class=\
org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler
listener.name.sasl_ssl.oauthbearer.connections.max.reauth.ms=3600000
sasl.oauthbearer.jwks.endpoint.url=file://{key_set}
sasl.oauthbearer.expected.audience=kafka
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule \
required username=\"broker\" password=\"broker-secret\";
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
ssl.truststore.type=PEM
ssl.truststore.location={authority}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:broker;User:admin;User:ANONYMOUS
allow.everyone.if.no.acl.found=false
",
        key_set = certificates.key_set.display(),
        keystore = certificates.keystore.display(),
        authority = certificates.authority.display()
    )
}

impl Cluster {
    /// Starts a cluster and waits until it is ready. Panics with the brokers' last words where it can't be done.
    pub fn start(options: Options) -> Cluster {
        let mut failures = Vec::new();
        // A second attempt has other ports, should something have taken one.
        for _ in 0..3 {
            match Cluster::try_start(options.clone()) {
                Ok(cluster) => return cluster,
                Err(why) => failures.push(why),
            }
        }
        panic!("no cluster could be started:\n{}", failures.join("\n--\n"));
    }

    fn try_start(options: Options) -> Result<Cluster, String> {
        let jars = Jars::get();
        let folder = Folder::new("copydesk-kafka-");
        let certificates = options.secured.then(|| tls::make(folder.path()));
        let ports: Vec<(Port, Port, Port)> = (0..options.brokers).map(|_| (ports::claim(), ports::claim(), ports::claim())).collect();
        let voters: Vec<String> = ports.iter().enumerate().map(|(i, (_, c, _))| format!("{}@127.0.0.1:{}", i + 1, c.number)).collect();
        let mut brokers = Vec::with_capacity(options.brokers);
        for (index, (port, controller, certified)) in ports.into_iter().enumerate() {
            let id = index + 1;
            let home = folder.path().join(id.to_string());
            fs::create_dir(&home).map_err(|e| e.to_string())?;
            let properties = home.join("server.properties");
            let (own, data) = (controller.number, home.join("data"));
            let mut text = server_properties(id, options.brokers, port.number, own, &voters.join(","), &data);
            if options.brokers > 1 {
                // Without it each commit of a transaction waits for the next turn of an idle replica.
                text.push_str("replica.fetch.wait.max.ms=10\n");
            }
            if let Some(certificates) = &certificates {
                let security = security_properties(port.number, certified.number, &options.users, certificates);
                text.push_str(&security.replace("CONTROLLER_PORT", &own.to_string()));
            }
            for (key, value) in &options.properties {
                writeln!(text, "{key}={value}").map_err(|e| e.to_string())?;
            }
            fs::write(&properties, text).map_err(|e| e.to_string())?;
            brokers.push(Broker { id, port, certified, _controller: controller, properties, process: None, starts: 0 });
        }
        let mut users = Vec::new();
        if options.secured {
            let own = [("broker", "broker-secret"), ("admin", "admin-secret")];
            users = own.iter().chain(&options.users).map(|(n, p)| format!("SCRAM-SHA-512=[name={n},password={p}]")).collect();
        }
        std::thread::scope(|scope| {
            for broker in &brokers {
                let users = &users;
                let home = broker.properties.parent().expect("in its folder");
                scope.spawn(move || format_storage(jars, home, &broker.properties, "Y29weWRlc2stdGVzdHMtMQ", users));
            }
        });
        let mut cluster = Cluster { brokers, options, certificates, folder };
        for index in 0..cluster.brokers.len() {
            let flags = cluster.flags();
            cluster.brokers[index].spawn(jars, cluster.options.heap_mb, &flags);
        }
        cluster.ready()?;
        Ok(cluster)
    }

    /// The addresses of the brokers.
    pub fn bootstrap(&self) -> String {
        self.brokers.iter().map(|b| b.address()).collect::<Vec<_>>().join(",")
    }

    /// The address of one broker.
    pub fn address(&self, broker: usize) -> String {
        self.brokers[broker - 1].address()
    }

    /// How to reach it as one who may do everything.
    pub fn connection(&self) -> Connection {
        if self.options.secured { self.connection_as("admin", "admin-secret") } else { Connection::new(self.bootstrap()) }
    }

    /// How to reach a secured cluster as one of its users, by SCRAM.
    pub fn connection_as(&self, user: &str, password: &str) -> Connection {
        self.connection_by_password("SCRAM-SHA-512", user, password)
    }

    /// The same by another mechanism of passwords.
    pub fn connection_by_password(&self, mechanism: &str, user: &str, password: &str) -> Connection {
        let properties = [("security.protocol", "SASL_SSL"), ("sasl.mechanism", mechanism), ("sasl.username", user), ("sasl.password", password)];
        self.trusting(self.bootstrap(), &properties)
    }

    /// As `worker`, by certificate.
    pub fn connection_by_certificate(&self) -> Connection {
        let certificates = self.certificates();
        let (client, key) = (certificates.client.display().to_string(), certificates.client_key.display().to_string());
        let properties = [("security.protocol", "SSL"), ("ssl.certificate.location", client.as_str()), ("ssl.key.location", &key)];
        let brokers = self.brokers.iter().map(|b| format!("127.0.0.1:{}", b.certified.number)).collect::<Vec<_>>();
        self.trusting(brokers.join(","), &properties)
    }

    /// By tokens.
    pub fn connection_by_token(&self, source: TokenSource) -> Connection {
        let connection = self.trusting(self.bootstrap(), &[("security.protocol", "SASL_SSL"), ("sasl.mechanism", "OAUTHBEARER")]);
        Connection { tokens: Some(Tokens::new(source)), ..connection }
    }

    fn trusting(&self, bootstrap: String, properties: &[(&str, &str)]) -> Connection {
        let mut connection = Connection::new(bootstrap);
        connection.properties.extend(properties.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        connection.properties.insert("ssl.ca.location".to_owned(), self.certificates().authority.display().to_string());
        connection
    }

    /// What a secured cluster and its clients prove who they are with.
    pub fn certificates(&self) -> &tls::Certificates {
        self.certificates.as_ref().expect("a secured cluster")
    }

    /// Flags of the JVM: where keys of tokens may be read.
    fn flags(&self) -> Vec<OsString> {
        let allowed = |c: &tls::Certificates| format!("-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=file://{}", c.key_set.display()).into();
        self.certificates.iter().map(allowed).collect()
    }

    /// A folder that goes away with the cluster.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The process id of a broker that runs.
    pub fn process_id(&self, broker: usize) -> u32 {
        self.running(broker).id()
    }

    /// The broker's log (warnings and errors) of its last start.
    pub fn broker_log(&self, broker: usize) -> String {
        self.running(broker).errors()
    }

    /// SIGKILL.
    pub fn kill9(&mut self, broker: usize) {
        self.take(broker).kill9();
    }

    /// SIGTERM, and waits for the end.
    pub fn stop(&mut self, broker: usize) {
        self.take(broker).terminate(PATIENCE);
    }

    /// Starts a broker again that was stopped or killed, on its old port and data, and waits until the cluster is whole again.
    pub fn restart(&mut self, broker: usize) {
        self.spawn_again(broker);
        self.wait_ready();
    }

    /// [`Self::restart`] without the waiting.
    pub fn spawn_again(&mut self, broker: usize) {
        let flags = self.flags();
        let found = &mut self.brokers[broker - 1];
        assert!(found.process.is_none(), "broker {broker} runs already");
        found.spawn(Jars::get(), self.options.heap_mb, &flags);
    }

    /// Waits until all brokers that were started know each other, and each partition has a leader and all replicas on them in sync.
    pub fn wait_ready(&mut self) {
        if let Err(why) = self.ready() {
            panic!("the cluster is not ready: {why}");
        }
    }

    fn ready(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        let mut asker: Option<BaseConsumer> = None;
        let mut state = String::from("no broker listens");
        loop {
            for broker in &mut self.brokers {
                broker.check_alive()?;
            }
            let listening = self.brokers.iter().filter(|b| b.process.is_some()).all(Broker::listens);
            if listening {
                let consumer = asker.get_or_insert_with(|| self.asker());
                match self.in_sync(consumer) {
                    Ok(()) => return Ok(()),
                    Err(why) => state = why,
                }
            }
            if Instant::now() >= deadline {
                let words: Vec<String> = self.brokers.iter().map(Broker::last_words).collect();
                return Err(format!("{state}\n{}", words.join("\n")));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// A client that is not held up by the pauses between attempts that clients make in earnest.
    fn asker(&self) -> BaseConsumer {
        let mut config: ClientConfig = self.connection().config("fixture");
        config.set("reconnect.backoff.ms", "20").set("reconnect.backoff.max.ms", "100");
        config.create().expect("the settings of the fixture are good")
    }

    fn in_sync(&self, consumer: &BaseConsumer) -> Result<(), String> {
        let metadata = consumer.fetch_metadata(None, Duration::from_secs(2)).map_err(|e| e.to_string())?;
        let running: Vec<i32> = self.brokers.iter().filter(|b| b.process.is_some()).map(|b| i32::try_from(b.id).expect("a small number")).collect();
        let known: Vec<i32> = metadata.brokers().iter().map(|b| b.id()).collect();
        if !running.iter().all(|id| known.contains(id)) || known.len() != running.len() {
            return Err(format!("brokers {running:?} run, brokers {known:?} are known"));
        }
        for topic in metadata.topics() {
            for partition in topic.partitions() {
                let behind = partition.replicas().iter().any(|r| running.contains(r) && !partition.isr().contains(r));
                if partition.leader() < 0 || behind {
                    return Err(format!("{}/{} is not in sync", topic.name(), partition.id()));
                }
            }
        }
        Ok(())
    }

    fn running(&self, broker: usize) -> &Process {
        self.brokers[broker - 1].process.as_ref().unwrap_or_else(|| panic!("broker {broker} does not run"))
    }

    fn take(&mut self, broker: usize) -> Process {
        self.brokers[broker - 1].process.take().unwrap_or_else(|| panic!("broker {broker} does not run"))
    }
}

impl Broker {
    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port.number)
    }

    fn spawn(&mut self, jars: &Jars, heap_mb: u32, flags: &[OsString]) {
        self.starts += 1;
        let home = self.properties.parent().expect("in its folder");
        let arguments: [OsString; 1] = [self.properties.clone().into()];
        let mut command = jars.java("kafka.Kafka", heap_mb, &arguments);
        command.splice(1..1, flags.iter().cloned());
        self.process = Some(Process::start(&format!("broker-{}", self.starts), home, &command, &[]));
    }

    fn check_alive(&mut self) -> Result<(), String> {
        match self.process.as_mut().and_then(Process::exit_code) {
            None => Ok(()),
            Some(code) => Err(format!("ended with code {code}\n{}", self.last_words())),
        }
    }

    fn listens(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port.number)).is_ok()
    }

    fn last_words(&self) -> String {
        let words = self.process.as_ref().map(|p| tail(&format!("{}{}", p.output(), p.errors()))).unwrap_or_default();
        format!("broker {}:\n{words}", self.id)
    }
}
