//! Where GDB connects to, and the bytes that go to and fro.
//!
//! A thread of its own reads, so that the machine can run while nothing arrives, over any kind of connection. It is at
//! most a few blocks ahead.

use gdbstub::conn::Connection;
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;

/// Bytes that are read at a time.
const BLOCK: usize = 1 << 12;
/// What GDB sends instead of a packet when the user has lost patience.
const INTERRUPT: u8 = 3;
/// Blocks that may wait.
const BLOCKS: usize = 16;

/// Where to wait for GDB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A TCP address, as in `127.0.0.1:1234`.
    Tcp(String),
    /// The path of a socket that is made for it.
    #[cfg(unix)]
    Unix(PathBuf),
    /// Standard input and output: GDB has started this process.
    Stdio,
}

impl std::str::FromStr for Endpoint {
    type Err = String;

    /// A port, an address with a port, a path, or `-`.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "-" {
            return Ok(Self::Stdio);
        }
        // Nobody else is let in without being asked for.
        let local = |port: &str| {
            port.parse::<u16>()
                .map(|port| Self::Tcp(format!("127.0.0.1:{port}")))
                .map_err(|_| format!("`{port}` is no port"))
        };
        if let Some(port) = text.strip_prefix(':') {
            return local(port);
        }
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return local(text);
        }
        match text.rsplit_once(':') {
            Some((host, port)) if !text.contains('/') && !host.is_empty() => port
                .parse::<u16>()
                .map(|_| Self::Tcp(text.to_owned()))
                .map_err(|_| format!("`{port}` is no port")),
            _ => Self::path(text),
        }
    }
}

impl Endpoint {
    #[cfg(unix)]
    fn path(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("give a port, a path or `-`".to_owned());
        }
        Ok(Self::Unix(PathBuf::from(text)))
    }

    #[cfg(not(unix))]
    fn path(_: &str) -> Result<Self, String> {
        Err("give a port or `-`".to_owned())
    }

    /// Waits for one connection. `announce` gets what to tell GDB.
    ///
    /// # Errors
    /// There cannot be a socket there.
    pub fn accept(&self, announce: impl FnOnce(&str)) -> io::Result<Link> {
        match self {
            Self::Tcp(address) => {
                let listener = TcpListener::bind(address)?;
                announce(&listener.local_addr()?.to_string());
                let (stream, _) = listener.accept()?;
                stream.set_nodelay(true)?;
                let closer = stream.try_clone()?;
                let close = move || drop(closer.shutdown(Shutdown::Both));
                let input: TcpStream = stream.try_clone()?;
                Ok(Link::new(input, stream, close))
            }
            #[cfg(unix)]
            Self::Unix(path) => {
                let listener = std::os::unix::net::UnixListener::bind(path)?;
                announce(&path.display().to_string());
                let accepted = listener.accept();
                // Nobody else can come.
                let _ = std::fs::remove_file(path);
                let (stream, _) = accepted?;
                let closer = stream.try_clone()?;
                let close = move || drop(closer.shutdown(Shutdown::Both));
                Ok(Link::new(stream.try_clone()?, stream, close))
            }
            Self::Stdio => Ok(Link::new(io::stdin(), io::stdout(), || ())),
        }
    }
}

/// A connection.
pub struct Link {
    input: Receiver<io::Result<Vec<u8>>>,
    /// What has arrived and has not been asked for.
    pending: VecDeque<u8>,
    closed: bool,
    output: io::BufWriter<Box<dyn Write>>,
    close: Box<dyn Fn()>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("pending", &self.pending.len())
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}

impl Link {
    pub(super) fn new(
        mut input: impl Read + Send + 'static,
        output: impl Write + 'static,
        close: impl Fn() + 'static,
    ) -> Self {
        let (sender, receiver) = sync_channel(BLOCKS);
        thread::spawn(move || {
            let mut block = [0; BLOCK];
            loop {
                let read = match input.read(&mut block) {
                    Ok(0) => return,
                    Ok(read) => Ok(block[..read].to_vec()),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => Err(error),
                };
                let failed = read.is_err();
                if sender.send(read).is_err() || failed {
                    return;
                }
            }
        });
        Self {
            input: receiver,
            pending: VecDeque::new(),
            closed: false,
            output: io::BufWriter::new(Box::new(output)),
            close: Box::new(close),
        }
    }

    /// The next byte, which is waited for; none at the end.
    pub(super) fn next(&mut self) -> Option<u8> {
        while self.pending.is_empty() && !self.closed {
            match self.input.recv() {
                Ok(Ok(block)) => self.pending.extend(block),
                Ok(Err(_)) | Err(_) => self.closed = true,
            }
        }
        self.pending.pop_front()
    }

    /// The next byte that is already here.
    pub(super) fn next_pending(&mut self) -> Option<u8> {
        self.pending.pop_front()
    }

    /// True if an interrupt has arrived, more than could wait, or the other side has gone.
    pub(super) fn has_news(&mut self) -> bool {
        while self.pending.len() < BLOCK {
            match self.input.try_recv() {
                Ok(Ok(block)) => self.pending.extend(block),
                Err(TryRecvError::Empty) => break,
                Ok(Err(_)) | Err(TryRecvError::Disconnected) => {
                    self.closed = true;
                    break;
                }
            }
        }
        self.closed || self.pending.len() >= BLOCK || self.pending.contains(&INTERRUPT)
    }

    /// True if the other side has gone and all that it sent has been taken.
    pub(super) fn is_over(&self) -> bool {
        self.closed && self.pending.is_empty()
    }

    /// Text for the user, while GDB waits for the program to stop.
    pub(super) fn console(&mut self, text: &[u8]) -> io::Result<()> {
        // Below the size of a packet that any GDB takes.
        for piece in text.chunks(1000) {
            let body: String = piece.iter().map(|byte| format!("{byte:02x}")).collect();
            let body = format!("O{body}");
            let sum = body.bytes().fold(0u8, u8::wrapping_add);
            write!(self.output, "${body}#{sum:02x}")?;
        }
        self.output.flush()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // The other side may have gone.
        let _ = self.output.flush();
        (self.close)();
    }
}

impl Connection for Link {
    type Error = io::Error;

    fn write(&mut self, byte: u8) -> io::Result<()> {
        self.output.write_all(&[byte])
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.output.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_local_unless_told_otherwise() {
        let tcp = |address: &str| Ok(Endpoint::Tcp(address.to_owned()));
        assert_eq!("1234".parse(), tcp("127.0.0.1:1234"));
        assert_eq!(":0".parse(), tcp("127.0.0.1:0"));
        assert_eq!("0.0.0.0:99".parse(), tcp("0.0.0.0:99"));
        assert_eq!("[::1]:99".parse(), tcp("[::1]:99"));
        assert_eq!("-".parse(), Ok(Endpoint::Stdio));
        #[cfg(unix)]
        for path in ["/run/a", "socket", "./a:1", "/run/a:b"] {
            assert_eq!(path.parse(), Ok(Endpoint::Unix(PathBuf::from(path))));
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        for text in ["", "65536", ":x", ":", "localhost:", "localhost:99999"] {
            assert!(text.parse::<Endpoint>().is_err(), "{text:?}");
        }
    }
}
