//! What a port of the peer does before HTTP: nothing, TLS with a certificate that no browser trusts, or a TLS failure.
//!
//! The TLS handshake precedes the request, so the port selects the fault; `GET /tls` lists the ports.

use std::{error::Error, io, sync::Arc};

use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};

use crate::stream::{Stream, read_on};

/// A fatal alert: handshake_failure.
const ALERT: &[u8] = &[21, 3, 3, 0, 2, 2, 40];

/// What a port does with a connection before the first request.
#[derive(Clone)]
pub(crate) enum Door {
    Plain,
    Tls(TlsAcceptor),
    Broken(Broken),
}

/// What a client receives instead of a ServerHello.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Broken {
    /// A fatal TLS alert.
    Alert,
    Fin,
    Rst,
    Nothing,
}

impl Door {
    /// Returns one door for each TLS fault, by name.
    pub(crate) fn faults() -> io::Result<Vec<(&'static str, Self)>> {
        let here = ["localhost", "127.0.0.1"].as_slice();
        let tls = |names, until| acceptor(names, until).map(Self::Tls).map_err(io::Error::other);
        Ok(vec![
            ("self-signed", tls(here, 2100)?),
            ("expired", tls(here, 2021)?),
            ("wrong-name", tls(&["elsewhere.invalid"], 2100)?),
            ("alert", Self::Broken(Broken::Alert)),
            ("fin", Self::Broken(Broken::Fin)),
            ("rst", Self::Broken(Broken::Rst)),
            ("hang", Self::Broken(Broken::Nothing)),
        ])
    }

    /// Performs the TLS handshake if there is one; `None` if it failed.
    pub(crate) async fn enter(&self, tcp: TcpStream) -> Option<Stream> {
        match self {
            Self::Plain => Some(Stream::Plain(tcp)),
            // Most clients abort here with an alert: they do not trust the certificate.
            Self::Tls(acceptor) => acceptor.accept(tcp).await.ok().map(|tls| Stream::Tls(Box::new(tls))),
            Self::Broken(broken) => {
                broken.refuse(tcp).await;
                None
            }
        }
    }
}

impl Broken {
    async fn refuse(self, mut tcp: TcpStream) {
        let mut hello = [0; 4096];
        if !matches!(tcp.read(&mut hello).await, Ok(1..)) {
            return;
        }
        // An error means that the client has disconnected.
        let _ = match self {
            Self::Alert => match tcp.write_all(ALERT).await {
                Ok(()) => tcp.shutdown().await,
                gone => gone,
            },
            Self::Fin => tcp.shutdown().await,
            Self::Rst => return tcp.set_zero_linger().unwrap_or_default(),
            Self::Nothing => Ok(()),
        };
        read_on(&mut tcp).await;
    }
}

fn acceptor(names: &[&str], until: i32) -> Result<TlsAcceptor, Box<dyn Error + Send + Sync>> {
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())?;
    params.distinguished_name.push(DnType::CommonName, names.concat());
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    let key = PrivateKeyDer::try_from(key.serialize_der())?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
