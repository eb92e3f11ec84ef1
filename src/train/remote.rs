//! Training on several machines: each lends its device to one that trains. Feature `remote`.
//!
//! All of it is Burn's: a worker carries out the tensor operations that it is sent and knows nothing
//! of networks. Whoever reaches a worker can use it, so it listens on this machine alone unless
//! asked otherwise, and can ask for a token. What is sent is not encrypted: between machines that
//! do not share a trusted network, use a tunnel.

use std::net::TcpListener;

use burn::remote::RemoteHost;
use burn::server::{RemoteServer, TokenAuthorizer, WebSocketTransport};
use burn::tensor::Device;

use crate::error::{Error, Result};

fn failed(why: impl std::fmt::Display) -> Error {
    Error::Device { device: "remote", why: why.to_string() }
}

/// Opens the device of the worker at `url`, such as `ws://192.168.0.7:7300`.
///
/// # Errors
/// [`Error::BadSetting`] for another kind of address, [`Error::Device`] when no worker answers or
/// it wants another token.
pub fn open(url: &str, token: Option<&str>) -> Result<Device> {
    if !url.starts_with("ws://") {
        let expected = "an address such as ws://192.168.0.7:7300".into();
        return Err(Error::BadSetting { name: "worker", expected, found: url.into() });
    }
    let mut host = RemoteHost::websocket(url);
    if let Some(token) = token {
        host = host.with_credential(token);
    }
    Device::remote_options(&host).init().map_err(failed)
}

/// Lends a device to whoever asks at `listener`, and knows the token if there is one. Returns when
/// the server stops.
///
/// # Errors
/// [`Error::Device`] when it cannot serve.
pub fn serve(device: Device, token: Option<&str>, listener: TcpListener) -> Result<()> {
    let mut server = RemoteServer::new([device]);
    if let Some(token) = token {
        let authorizer = TokenAuthorizer::new(token).map_err(|_| Error::BadSetting {
            name: "token",
            expected: "a word".into(),
            found: "nothing".into(),
        })?;
        server = server.with_authorizer(authorizer);
    }
    server.serve(WebSocketTransport::from_listener(listener)).map_err(failed)
}
