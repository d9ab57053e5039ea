//! The peer over loopback: bytes on the wire, and what it records of them. Every test starts its own peer.

mod answer;
mod behaved;
mod clients;
mod close;
mod faults;
mod multiplexer;
mod orders;
mod plain;
mod readme;
mod rpc;
mod support;
mod tls;
