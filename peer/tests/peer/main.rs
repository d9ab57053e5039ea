//! The peer over loopback: bytes on the wire, and what `/saw` tells of them. Every test has a peer of its own.

mod answer;
mod behaved;
mod clients;
mod close;
mod faults;
mod orders;
mod plain;
mod readme;
mod support;
mod tls;
