//! The web server: requests go in, made-up answers come out.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;

use super::{Asked, Came, Tell};
use crate::runtime::deliver::Answers;

/// The most bytes of a body.
const MAX_BODY: usize = 16 << 20;

pub(super) async fn serve(listener: TcpListener, status: u16, answers: Arc<Answers>, tell: Tell) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let (answers, tell) = (answers.clone(), tell.clone());
        let service = service_fn(move |request| {
            let (answers, tell) = (answers.clone(), tell.clone());
            async move { Ok::<_, Infallible>(answer(request, status, &answers, &tell).await) }
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        // One that breaks off concerns nobody else.
        tokio::spawn(connection);
    }
}

async fn answer(
    request: Request<Incoming>,
    status: u16,
    answers: &Answers,
    tell: &Tell,
) -> Response<Full<Bytes>> {
    let (parts, stream) = request.into_parts();
    let key = parts.headers.get("idempotency-key");
    let key = key.and_then(|key| key.to_str().ok()).map(str::to_owned);
    let path = parts.uri.path_and_query().map_or("/", |it| it.as_str());
    let Ok(body) = Limited::new(stream, MAX_BODY).collect().await else {
        return respond(
            413,
            &json!({ "error": "the body is too long, or broke off" }),
        );
    };
    let body = body.to_bytes();
    let read = serde_json::from_slice(&body);
    let body = match read {
        Ok(json) => json,
        Err(_) if body.is_empty() => Json::Null,
        Err(_) => String::from_utf8_lossy(&body).into(),
    };
    let said = if (200..300).contains(&status) {
        answers.to(path, key.as_deref().unwrap_or_default())
    } else {
        json!({ "error": "refused, as it was told" })
    };
    tell(&Came::Request(Asked {
        method: parts.method.to_string(),
        path: path.to_owned(),
        key,
        body,
        status,
    }));
    respond(status, &said)
}

fn respond(status: u16, body: &Json) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(Bytes::from(body.to_string())));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let json = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}
