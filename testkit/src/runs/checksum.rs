//! Checksums that a virtual link leaves to hardware.
//!
//! Between hosts of one machine the kernel marks TCP packets as "checksum to come" and never fills it
//! in. A tunnelled packet that passes through a program has lost the mark, so the program must fill it
//! in, or the other end takes the packet for damaged.

/// Bytes before the inner IPv4 header of a VXLAN datagram: VXLAN, Ethernet.
const OUTER: usize = 8 + 14;
const IPV4: u8 = 4;
const TCP: u8 = 6;

/// Fills in the checksum of the TCP packet inside a VXLAN datagram, if it holds one.
pub(crate) fn fill_in(datagram: &mut [u8]) {
    let Some(ip) = datagram.get_mut(OUTER..).filter(|ip| ip.len() >= 20 && ip[0] >> 4 == IPV4) else {
        return;
    };
    let (header, length) = (usize::from(ip[0] & 0xf) * 4, usize::from(u16::from_be_bytes([ip[2], ip[3]])));
    if ip[9] != TCP || length > ip.len() || length < header + 20 {
        return;
    }
    let addresses: u32 = sum(&ip[12..20]);
    let tcp = &mut ip[header..length];
    tcp[16..18].fill(0);
    let total = addresses + u32::from(TCP) + tcp.len() as u32 + sum(tcp);
    let folded = (total & 0xffff) + (total >> 16);
    let folded = (folded & 0xffff) + (folded >> 16);
    tcp[16..18].copy_from_slice(&(!(folded as u16)).to_be_bytes());
}

/// The sum of the 16-bit words, the last one filled up with zero (RFC 1071).
fn sum(bytes: &[u8]) -> u32 {
    bytes.chunks(2).map(|word| u32::from(word[0]) << 8 | u32::from(*word.get(1).unwrap_or(&0))).sum()
}
