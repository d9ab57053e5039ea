//! The ports for TLS.

use std::{io::ErrorKind, net::SocketAddr, sync::Arc};

use serde_json::Value;
use tokio::{io::AsyncReadExt as _, net::TcpStream};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
        client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
        pki_types::{CertificateDer, ServerName, UnixTime},
    },
};
use tokio_tungstenite::{client_async, tungstenite::Message};

use crate::support::{Raw, Server, within};

/// Accepts every certificate.
#[derive(Debug)]
struct Blind(Arc<CryptoProvider>);

impl ServerCertVerifier for Blind {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

async fn address(server: &Server, name: &str) -> SocketAddr {
    let (_, body) = server.http("GET", "/tls").await;
    let ports: Value = serde_json::from_str(&body).unwrap();
    let port = ports[name].as_u64().unwrap_or_else(|| panic!("{name} is not in {body}"));
    (server.address.ip(), u16::try_from(port).unwrap()).into()
}

/// Connects a client that trusts this certificate, or every certificate if there is none.
async fn connect(
    address: SocketAddr,
    trusted: Option<CertificateDer<'static>>,
) -> Result<TlsStream<TcpStream>, String> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let config = match trusted {
        Some(certificate) => {
            let mut roots = RootCertStore::empty();
            roots.add(certificate).unwrap();
            config.unwrap().with_root_certificates(roots)
        }
        None => config.unwrap().dangerous().with_custom_certificate_verifier(Arc::new(Blind(provider))),
    };
    let tcp = TcpStream::connect(address).await.unwrap();
    let connector = TlsConnector::from(Arc::new(config.with_no_client_auth()));
    let name = ServerName::try_from("127.0.0.1").unwrap();
    within(connector.connect(name, tcp)).await.map_err(|error| error.to_string())
}

async fn certificate(address: SocketAddr) -> CertificateDer<'static> {
    let stream = connect(address, None).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
}

#[tokio::test]
async fn each_certificate_has_its_one_fault() {
    let server = Server::with_tls().await;
    for (name, fault) in
        [("self-signed", None), ("expired", Some("expired")), ("wrong-name", Some("not valid for name"))]
    {
        let address = address(&server, name).await;
        // With itself as a trusted issuer, the certificate has only its other fault.
        let found = connect(address, Some(certificate(address).await)).await;
        match fault {
            None => assert!(found.is_ok(), "{name}: {found:?}"),
            Some(fault) => {
                let problem = found.unwrap_err();
                assert!(problem.contains(fault), "{name}: {problem}");
            }
        }
    }
}

#[tokio::test]
async fn a_self_signed_certificate_is_not_trusted() {
    let server = Server::with_tls().await;
    let stranger = certificate(address(&server, "wrong-name").await).await;
    let problem = connect(address(&server, "self-signed").await, Some(stranger)).await.unwrap_err();
    assert!(problem.contains("UnknownIssuer"), "{problem}");
}

#[tokio::test]
async fn the_routes_work_over_tls() {
    use futures_util::{SinkExt as _, StreamExt as _};
    let server = Server::with_tls().await;
    let address = address(&server, "self-signed").await;
    let (mut client, _) =
        within(client_async("wss://127.0.0.1/echo?id=a", connect(address, None).await.unwrap())).await.unwrap();
    // More than one TLS record.
    let long = "x".repeat(3 << 20);
    within(client.send(Message::text(long.clone()))).await.unwrap();
    assert_eq!(within(client.next()).await.unwrap().unwrap(), Message::text(long));
    within(client.close(None)).await.unwrap();
    while within(client.next()).await.is_some_and(|message| message.is_ok()) {}
    drop(client);
    server.assert_end("a", "fin", Some("")).await;
}

#[tokio::test]
async fn reset_and_fin_are_distinguished_over_tls() {
    let server = Server::with_tls().await;
    let address = address(&server, "self-signed").await;
    for (how, found) in [("fin", Ok(())), ("rst", Err(ErrorKind::ConnectionReset))] {
        let stream = connect(address, None).await.unwrap();
        let (client, _) =
            within(client_async(format!("wss://127.0.0.1/drop?how={how}&delay=50"), stream)).await.unwrap();
        let mut stream = client.into_inner();
        let mut rest = Vec::new();
        let read = within(stream.read_to_end(&mut rest)).await;
        assert_eq!(read.map(drop).map_err(|error| error.kind()), found, "{how}");
    }
}

#[tokio::test]
async fn a_client_hello_answered_without_tls() {
    let server = Server::with_tls().await;
    for (name, found) in
        [("alert", Ok(vec![21, 3, 3, 0, 2, 2, 40])), ("fin", Ok(vec![])), ("rst", Err(ErrorKind::ConnectionReset))]
    {
        let mut raw = Raw::connect(address(&server, name).await).await;
        raw.write(b"\x16\x03\x01 hello").await;
        assert_eq!(raw.until_end().await, found, "{name}");
    }
    let mut raw = Raw::connect(address(&server, "hang").await).await;
    raw.write(b"\x16\x03\x01 hello").await;
    raw.silent_for(200).await;
}

#[tokio::test]
async fn without_tls_there_are_no_ports() {
    let server = Server::start().await;
    assert_eq!(server.http("GET", "/tls").await.1, "{}");
}
