//! Light runs whose times are judged: beside each other. `arrivals` come next in the order of names and are of their kind.

mod chaos_worker_kill;
mod compare_sandboxes;
mod e2e_demo;
mod e2e_staged;
mod replay;
