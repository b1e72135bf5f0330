//! Which names the server answers to.
//!
//! A web page that an operator looks at can give its own name this server's address (DNS rebinding), and then read all that is served here:
//! to the browser it is one site. The `Host` header still has the page's name. An address or `localhost` can't be taken over like that;
//! any other name must be a setting.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::{StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Shared;

/// Lets a request through that is meant for us.
pub(super) async fn check(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let header = request.headers().get_all(header::HOST).iter().map(|value| value.to_str().unwrap_or_default());
    let in_line = request.uri().authority().map(|authority| authority.as_str());
    let asked: Vec<&str> = header.chain(in_line).collect();
    // A browser always says it; a simple health check need not.
    let may_be_silent = request.version() == Version::HTTP_10;
    match asked.iter().find(|host| !is_ours(host, &shared.host_names)) {
        None if !asked.is_empty() || may_be_silent => next.run(request).await,
        _ => (StatusCode::MISDIRECTED_REQUEST, "copydesk does not answer to this name: ask by address, or add the name to http.host_names\n").into_response(),
    }
}

/// Whether `host[:port]` is an address, `localhost` or one of the names; `*.` at a name's beginning stands for any further labels.
fn is_ours(host: &str, names: &[String]) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !host.ends_with(']') => name,
        _ => host,
    };
    let bare = name.strip_prefix('[').and_then(|n| n.strip_suffix(']'));
    if let Some(inside) = bare {
        return inside.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let is_named = |own: &String| {
        let own = own.to_ascii_lowercase();
        match own.strip_prefix('*') {
            Some(end) => name.len() > end.len() && name.ends_with(end),
            None => name == own,
        }
    };
    name.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv4()) || name == "localhost" || names.iter().any(is_named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_localhost_and_named_names_are_ours() {
        let names = ["Desk-1".to_owned(), "*.desk.svc".to_owned()];
        for host in ["127.0.0.1", "10.1.2.3:9464", "[::1]", "[2001:db8::1]:9464", "localhost", "LOCALHOST:9464", "localhost.", "desk-1:9464", "a.b.desk.svc"] {
            assert!(is_ours(host, &names), "{host}");
        }
        for host in [
            "",
            ":80",
            "evil.example",
            "evil.example:9464",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "desk-1.evil.example",
            "desk.svc",
            ".desk.svc",
            "[evil]",
            "[::1].evil.example",
            "::1",
            "127.0.0.1:x",
            "a@127.0.0.1",
        ] {
            assert!(!is_ours(host, &names), "{host}");
        }
    }
}
