//! Somebody on the wire: passes on what controller and worker say to each other, and keeps a copy.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A relay in front of a controller. Its threads end with the connections.
pub struct Relay {
    /// Where workers connect to instead.
    pub address: SocketAddr,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Relay {
    /// Starts one.
    pub fn to(controller: SocketAddr) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, heard) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<u8>>>::default());
        let copy = Arc::clone(&heard);
        thread::spawn(move || {
            for near in listener.incoming() {
                let (near, far) = (near.unwrap(), TcpStream::connect(controller).unwrap());
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let copy = Arc::clone(&copy);
                    thread::spawn(move || pass(from, to, &copy));
                }
            }
        });
        Relay { address, heard }
    }

    /// How many bytes went by.
    pub fn bytes(&self) -> usize {
        self.heard.lock().unwrap().len()
    }

    /// Whether `text` went by readable: as it is, or in the code that HTTP/2 writes headers in.
    pub fn heard(&self, text: &str) -> bool {
        let heard = self.heard.lock().unwrap();
        let find = |wanted: &[u8]| heard.windows(wanted.len()).any(|window| window == wanted);
        find(text.as_bytes()) || huffman(text).iter().any(|wanted| find(wanted))
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, copy: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 16 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        copy.lock().unwrap().extend_from_slice(&buffer[..length]);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    // The other side may be gone already.
    let _ = to.shutdown(Shutdown::Both);
}

/// The ten symbols whose code in RFC 7541, appendix B, is their place here in five bits.
pub const FIVE_BITS: &str = "012aceiost";

/// The whole bytes of `text` in the code of HTTP/2 headers, for each place in a byte where it can begin;
/// nothing for text of other symbols.
fn huffman(text: &str) -> Vec<Vec<u8>> {
    let codes: Option<Vec<usize>> = text.chars().map(|symbol| FIVE_BITS.find(symbol)).collect();
    let Some(codes) = codes.filter(|codes| codes.len() > 8) else { return Vec::new() };
    let bits: Vec<bool> =
        codes.iter().flat_map(|code| (0..5).rev().map(move |bit| code >> bit & 1 == 1)).collect();
    let byte = |bits: &[bool]| bits.iter().fold(0, |byte: u8, bit| byte << 1 | u8::from(*bit));
    (0..8).map(|skip| bits[skip..].chunks_exact(8).map(byte).collect()).collect()
}
