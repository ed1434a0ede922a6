//! How one conversation goes, by chance and by what the hour is like.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    cast::{Agent, Channel, Model, QUEUES, REASONS, TOPICS},
    dice::Dice,
    roster,
    session::{Author, Call, End, Handover, Message, Session, after},
};

/// What an hour is like. Percentages, and the least and the most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mood {
    pub(super) handed_over: i64,
    /// Of those who queue.
    pub(super) gives_up: i64,
    pub(super) wait_secs: (i64, i64),
    pub(super) ai_ms: (i64, i64),
    /// Of the calls of models.
    pub(super) fails: i64,
}

pub(super) const USUAL: Mood =
    Mood { handed_over: 27, gives_up: 8, wait_secs: (6, 85), ai_ms: (600, 2_600), fails: 1 };
/// From twelve to one, when half of the agents eat.
pub(super) const LUNCH: Mood =
    Mood { handed_over: 30, gives_up: 20, wait_secs: (70, 330), ..USUAL };
/// The models answer late or not at all.
pub(super) const OUTAGE: Mood = Mood {
    handed_over: 92,
    gives_up: 25,
    wait_secs: (120, 420),
    ai_ms: (9_000, 24_000),
    fails: 60,
};
/// The AI manages.
pub(super) const ALONE: Mood = Mood { handed_over: 0, ..USUAL };
/// Someone queues, and is answered soon, or late.
pub(super) const SOON: Mood = Mood { handed_over: 100, gives_up: 0, wait_secs: (60, 150), ..USUAL };
pub(super) const LATE: Mood =
    Mood { handed_over: 100, gives_up: 12, wait_secs: (400, 520), ..USUAL };

/// The longest that any conversation takes.
pub(super) const LONGEST: TimeDelta = TimeDelta::minutes(45);

/// Makes a conversation up.
pub(super) fn make(id: String, started_at: DateTime<Utc>, mood: &Mood) -> Session {
    let mut dice = Dice::of(&id);
    let channel = Channel::pick(&mut dice);
    let customer = format!("访客 {:04}", dice.between((1, 9_999)));
    let topic = TOPICS[dice.place([26, 24, 18, 16, 16].into_iter())];
    let mut talk = Talk { dice, now: started_at, messages: Vec::new() };
    if channel.has_ai() {
        talk.ask_ai(mood);
    }
    let call = channel.has_ai().then(|| talk.call(&id, mood));
    let goes_on = !channel.has_ai() || talk.dice.chance(mood.handed_over);
    let handover = goes_on.then(|| talk.hand_over(channel, mood));
    let end = talk.end(handover.as_ref());
    let (ended_at, rating) = (talk.now, talk.rate(handover.as_ref()));
    let messages = talk.messages;
    Session {
        id,
        channel,
        customer,
        topic,
        started_at,
        messages,
        handover,
        ended_at,
        end,
        rating,
        call,
    }
}

/// A conversation on its way.
struct Talk {
    dice: Dice,
    now: DateTime<Utc>,
    messages: Vec<Message>,
}

impl Talk {
    fn wait(&mut self, secs: (i64, i64)) {
        self.now = after(self.now, self.dice.skewed(secs));
    }

    fn say(&mut self, author: Author, response_ms: Option<i64>) {
        self.now += TimeDelta::milliseconds(response_ms.unwrap_or_default());
        self.messages.push(Message { at: self.now, author, response_ms });
    }

    fn ask_ai(&mut self, mood: &Mood) {
        let rounds = 1 + i64::from(self.dice.chance(45)) + i64::from(self.dice.chance(15));
        for _ in 0..rounds {
            self.wait((4, 40));
            self.say(Author::Customer, None);
            let response_ms = self.dice.skewed(mood.ai_ms);
            self.say(Author::Ai, Some(response_ms));
        }
    }

    fn call(&mut self, id: &str, mood: &Mood) -> Call {
        let model = Model::pick(&mut self.dice);
        let has_failed = self.dice.chance(mood.fails);
        let (input, output) = (self.dice.skewed((700, 3_200)), self.dice.skewed((90, 520)));
        let output = if has_failed { 0 } else { output };
        let session_id = Some(id.to_owned());
        let id = format!("{id}-call");
        Call { id, session_id, model, input, output, has_failed, api_type: "chat", at: self.now }
    }

    fn hand_over(&mut self, channel: &Channel, mood: &Mood) -> Handover {
        self.wait((3, 15));
        let reason = REASONS[self.dice.place([45, 30, 15, 10].into_iter())];
        let transferred = channel.has_ai().then_some((self.now, reason));
        self.now = after(self.now, 1);
        let (queued_at, queue) = (self.now, QUEUES[self.dice.place([65, 35].into_iter())]);
        self.wait(mood.wait_secs);
        let gives_up = self.dice.chance(mood.gives_up);
        let assigned = (!gives_up).then(|| (self.now, self.answer()));
        Handover { transferred, queued_at, queue, assigned }
    }

    /// Someone takes it, and they talk.
    fn answer(&mut self) -> &'static Agent {
        let agent = roster::pick(&mut self.dice, self.now);
        for _ in 0..self.dice.between((2, 5)) {
            let response_ms = self.dice.skewed((5, 55)) * 1_000;
            self.say(Author::Agent, Some(response_ms));
            self.wait((20, 200));
            self.say(Author::Customer, None);
        }
        agent
    }

    fn end(&mut self, handover: Option<&Handover>) -> End {
        if handover.is_some_and(|handover| handover.assigned.is_none()) {
            return End { by: "customer", is_resolved: false };
        }
        self.wait((10, 90));
        let is_of_people = handover.is_some();
        match self.dice.between((1, 100)) {
            1..=4 => End { by: "timeout", is_resolved: false },
            5..=10 => End { by: "customer", is_resolved: false },
            _ if is_of_people => End { by: "agent", is_resolved: true },
            _ => End { by: "ai", is_resolved: true },
        }
    }

    fn rate(&mut self, handover: Option<&Handover>) -> Option<(DateTime<Utc>, i64)> {
        let is_abandoned = handover.is_some_and(|handover| handover.assigned.is_none());
        let percent = if is_abandoned { 5 } else { 38 };
        let ended_at = self.now;
        let is_rated = self.dice.chance(percent);
        self.wait((3, 45));
        let weights = if is_abandoned { [50, 30, 15, 5, 0] } else { [2, 3, 7, 26, 62] };
        let place = self.dice.place(weights.into_iter());
        let score = i64::try_from(place).unwrap_or_default() + 1;
        is_rated.then_some((self.now.max(ended_at), score))
    }
}
