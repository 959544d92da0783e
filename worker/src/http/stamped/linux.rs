//! The system calls behind the stamps.
//!
//! The only unsafe code of the workspace, for what it saves. Behind the crate `nix`, which wraps these calls safely, a
//! read took 627 instructions outside the kernel; here it takes 513 (callgrind, `userloop --class stream`, per event).
//! An event has one or more such reads, and all else that was done for one took 3,700.
#![expect(unsafe_code, reason = "measured: see above")]

use std::io;
use std::mem::{MaybeUninit, offset_of, size_of};
use std::os::fd::AsRawFd;
use std::time::Duration;

use libc::{c_int, cmsghdr, iovec, msghdr, tcp_info, timespec};
use tokio::net::TcpStream;

/// A control message that holds one stamp, as the system writes it. All of it are numbers, so that whatever is written
/// there can be read.
#[repr(C)]
struct Control {
    header: cmsghdr,
    stamp: timespec,
}

/// What the header of a stamp calls its length.
const LENGTH: u64 = (offset_of!(Control, stamp) + size_of::<timespec>()) as u64;

/// Asks for a stamp with everything that is received from now on.
pub(super) fn ask_for_stamps(tcp: &TcpStream) -> io::Result<()> {
    let wanted: c_int = 1;
    // SAFETY: the descriptor is open while `tcp` is borrowed; the option is a number of this size, which is only read.
    let done = unsafe {
        let (value, size) = ((&raw const wanted).cast(), size_of::<c_int>() as libc::socklen_t);
        libc::setsockopt(tcp.as_raw_fd(), libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, value, size)
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// How long the handshake of a connection took that has just been opened, by the kernel's own measurement: from sending
/// SYN to receiving its answer. None where one of them had to be sent again, and the measurement would leave that out.
pub(super) fn handshake(tcp: &TcpStream) -> Option<Duration> {
    let mut info = MaybeUninit::<tcp_info>::zeroed();
    let mut size = size_of::<tcp_info>() as libc::socklen_t;
    // SAFETY: the descriptor is open while `tcp` is borrowed; the system writes at most `size` bytes to `info`, all of
    // which are numbers, for which zeros are values.
    let (done, info) = unsafe {
        let (value, size) = (info.as_mut_ptr().cast(), &raw mut size);
        let done = libc::getsockopt(tcp.as_raw_fd(), libc::IPPROTO_TCP, libc::TCP_INFO, value, size);
        (done, info.assume_init())
    };
    let is_measured = done == 0 && info.tcpi_rtt > 0 && info.tcpi_total_retrans == 0;
    is_measured.then(|| Duration::from_micros(info.tcpi_rtt.into()))
}

/// Reads what has come, without waiting for it on a socket that does not block: how many bytes, and the stamp of the
/// last of them since the epoch of Unix.
pub(super) fn receive(tcp: &TcpStream, into: &mut [u8]) -> io::Result<(usize, Option<Duration>)> {
    let mut part = iovec { iov_base: into.as_mut_ptr().cast(), iov_len: into.len() };
    let mut control = MaybeUninit::<Control>::zeroed();
    let mut message = MaybeUninit::<msghdr>::zeroed();
    // SAFETY: all of both is numbers and pointers, for which zeros are values.
    let (message, control) = unsafe { (message.assume_init_mut(), control.assume_init_mut()) };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = (&raw mut *control).cast();
    message.msg_controllen = size_of::<Control>() as _;
    // SAFETY: the descriptor is open while `tcp` is borrowed. `message` points to one part and one control message,
    // with their sizes, and `part` to `into`, which this function alone may write to; all of them outlive the call,
    // which keeps none.
    let received = unsafe { libc::recvmsg(tcp.as_raw_fd(), message, 0) };
    // Below zero there is an error.
    let length = usize::try_from(received).map_err(|_| io::Error::last_os_error())?;
    let is_stamp = message.msg_controllen as u64 >= LENGTH
        && control.header.cmsg_len as u64 == LENGTH
        && control.header.cmsg_level == libc::SOL_SOCKET
        && control.header.cmsg_type == libc::SCM_TIMESTAMPNS;
    Ok((length, if is_stamp { since_the_epoch(control.stamp) } else { None }))
}

fn since_the_epoch(stamp: timespec) -> Option<Duration> {
    Some(Duration::new(stamp.tv_sec.try_into().ok()?, stamp.tv_nsec.try_into().ok()?))
}
