//! The controller's process: what it hears, and what becomes of what its state machine says.

use common::protocol as wire;
use hub::run::{Input, Output, Phase};

use super::super::network::{Conn, Down, Up};
use super::World;
use super::agenda::Event;
use super::trace::{brief, brief_down};

impl World {
    pub(super) fn at_controller(&mut self, conn: Conn, what: Up) {
        let Up::Message(mut kind) = what else { return self.controller_lost(conn) };
        let member = self.run.fleet().by_link(conn as u64);
        let account = member.and_then(|member| self.run.ledger().accounts.get(member));
        self.sabotage.on_the_way_up(&mut kind, account.map_or(1, |account| account.next_seq));
        let message = wire::WorkerMessage { kind: Some(*kind) };
        self.note(|_| format!("controller hears on {conn}: {}", brief(&message)));
        self.input(Input::Message(conn as u64, Box::new(message)));
    }

    pub(super) fn controller_lost(&mut self, conn: Conn) {
        let connection = &mut self.network.connections[conn];
        if !std::mem::replace(&mut connection.controller_open, false) {
            return;
        }
        connection.controller_sends = false;
        self.note(|_| format!("controller sees the end of {conn}"));
        self.input(Input::Disconnected(conn as u64));
        self.say(conn, Down::Fin);
    }

    pub(super) fn input(&mut self, input: Input) {
        if self.over_at.is_some() {
            return; // its process has ended
        }
        let outputs = self.run.handle(self.controller_now(), input);
        for output in outputs {
            self.carry(output);
        }
        if matches!(self.run.phase(), Phase::Over(_)) {
            self.over();
        }
    }

    fn over(&mut self) {
        let outputs = self.run.handle(self.controller_now(), Input::Tick);
        for output in outputs {
            self.carry(output);
        }
        self.over_at = Some(self.now);
        self.note(|world| format!("the run is over: {:?}", world.run.phase()));
        for conn in 0..self.network.connections.len() {
            if std::mem::replace(&mut self.network.connections[conn].controller_open, false) {
                self.say(conn, Down::Fin);
            }
        }
    }

    fn carry(&mut self, output: Output) {
        match output {
            Output::Send(link, mut kind) => {
                let conn = link as Conn;
                if self.network.connections[conn].controller_sends {
                    self.check_epoch(conn, &kind);
                    self.sabotage.on_the_way_down(&mut kind);
                    self.say(conn, Down::Message(Box::new(kind)));
                }
            }
            Output::Close(link) => {
                let conn = link as Conn;
                if std::mem::replace(&mut self.network.connections[conn].controller_sends, false) {
                    self.say(conn, Down::Fin);
                }
            }
            Output::Second(second, open, _) => {
                if let Err(wrong) = self.history.close(second, &open) {
                    self.audit.violated(|| wrong);
                }
            }
        }
    }

    fn say(&mut self, conn: Conn, what: Down) {
        self.note(|_| format!("controller sends on {conn}: {}", brief_down(&what)));
        if let Some(at) = self.network.arrival_down(self.now, conn, &mut self.rng) {
            self.schedule(at, Event::Down(conn, what));
        }
    }
}
