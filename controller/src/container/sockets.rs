//! Which sockets a process listens on, from the text of `/proc/net/tcp` and `/proc/net/tcp6`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// State of a listening socket, as the kernel writes it.
const LISTEN: &str = "0A";

/// Address and inode of every listening socket in the text of `/proc/net/tcp` or `tcp6`.
pub(super) fn listening(text: &str) -> Vec<(SocketAddr, u64)> {
    text.lines().skip(1).filter_map(line).collect()
}

fn line(line: &str) -> Option<(SocketAddr, u64)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (local, state, inode) = (words.get(1)?, words.get(3)?, words.get(9)?);
    let (ip, port) = local.split_once(':')?;
    let address = SocketAddr::new(address(ip)?, u16::from_str_radix(port, 16).ok()?);
    (*state == LISTEN).then_some((address, inode.parse().ok()?))
}

/// The kernel prints an address as 32-bit words of the machine's own byte order.
fn address(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| u32::from_str_radix(hex.get(at..at + 8)?, 16).ok().map(u32::to_ne_bytes);
    match hex.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from(word(0)?))),
        32 => {
            let mut bytes = [0; 16];
            for (number, part) in bytes.chunks_exact_mut(4).enumerate() {
                part.copy_from_slice(&word(number * 8)?);
            }
            Some(IpAddr::V6(Ipv6Addr::from(bytes)))
        }
        _ => None,
    }
}

/// The inode in a link of `/proc/PID/fd`, if it leads to a socket.
pub(super) fn inode(link: &str) -> Option<u64> {
    link.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listening_sockets_are_found() {
        let (lo, any) = (u32::from_ne_bytes([127, 0, 0, 1]), 0);
        let text = format!(
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
             0: {lo:08X}:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234 1 x\n   \
             1: {any:08X}:15B5 00000000:0000 01 00000000:00000000 00:00000000 00000000     0        0 77 1 x\n  \
             rubbish\n"
        );
        assert_eq!(listening(&text), [("127.0.0.1:8000".parse().unwrap(), 1234)]);
        let zeros = "0".repeat(32);
        let text = format!(
            "head\n 0: {zeros}:15B5 {zeros}:0000 0A 0:0 0:0 0 0 0 9 1\n 1: 0011:15B5 0:0 0A 0:0 0:0 0 0 0 9\n"
        );
        assert_eq!(listening(&text), [("[::]:5557".parse().unwrap(), 9)]);
    }

    #[test]
    fn a_socket_is_not_taken_for_a_file() {
        assert_eq!(inode("socket:[42]"), Some(42));
        assert_eq!((inode("pipe:[42]"), inode("/dev/null"), inode("socket:[x]")), (None, None, None));
    }
}
