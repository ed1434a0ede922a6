//! Which slot of a cluster a command belongs to, and who has which slots.

use std::ops::RangeInclusive;

use redis::{Arg, Cmd, ErrorKind, FromRedisValue as _, Pipeline, RedisResult, Value};

/// Commands without a key, of those that this service says.
const KEYLESS: [&str; 12] = [
    "PING", "ECHO", "TIME", "INFO", "PUBLISH", "SCRIPT", "CONFIG", "CLIENT", "CLUSTER", "ROLE",
    "SCAN", "KEYS",
];
/// Commands whose keys follow their number, which follows a script or its digest.
const SCRIPTS: [&str; 6] = ["EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO"];

const SLOTS: u16 = 16_384;

/// The slot of a key: of its hash tag, where it has one.
pub(super) fn of_key(key: &[u8]) -> u16 {
    let tag = || {
        let open = key.iter().position(|byte| *byte == b'{')? + 1;
        let len = key[open..].iter().position(|byte| *byte == b'}')?;
        (len > 0).then(|| &key[open..open + len])
    };
    crc16(tag().unwrap_or(key)) % SLOTS
}

/// CRC-16/XMODEM, as the specification of Redis Cluster has it.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc: u16, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

/// The slot of a command's first key; none without keys, so that any server will do. What is taken
/// for a key and is none costs a redirection.
pub(super) fn of_command(command: &Cmd) -> Option<u16> {
    let argument = |index: usize| match command.args_iter().nth(index) {
        Some(Arg::Simple(argument)) => Some(argument),
        _ => None,
    };
    let name = argument(0)?;
    let is_any = |names: &[&str]| names.iter().any(|one| name.eq_ignore_ascii_case(one.as_bytes()));
    if is_any(&KEYLESS) {
        return None;
    }
    let key = if is_any(&SCRIPTS) {
        argument(2).filter(|keys| *keys != b"0").and_then(|_| argument(3))
    } else {
        argument(1)
    };
    key.map(of_key)
}

/// The slot of a pipeline; none without keys.
///
/// # Errors
/// When it is in several: a part of it would be done and a part not.
pub(super) fn of_pipeline(pipeline: &Pipeline) -> RedisResult<Option<u16>> {
    let mut slots = pipeline.cmd_iter().filter_map(of_command);
    let first = slots.next();
    if slots.any(|slot| Some(slot) != first) {
        return Err((ErrorKind::Client, "a pipeline over several slots").into());
    }
    Ok(first)
}

/// Whether it is to be known everywhere, as a script before it is called by its digest.
pub(super) fn is_for_all(command: &Cmd) -> bool {
    let name = command.args_iter().next();
    matches!(name, Some(Arg::Simple(name)) if name.eq_ignore_ascii_case(b"SCRIPT"))
}

/// A server as a cluster names it.
pub(super) type Place = (String, u16);

/// Slots, their master and its replicas.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub slots: RangeInclusive<u16>,
    pub master: Place,
    pub replicas: Vec<Place>,
}

/// Reads the answer to `CLUSTER SLOTS` of a server at `host`. A server that does not know its own
/// address leaves it empty.
pub(super) fn parts(answer: Value, host: &str) -> RedisResult<Vec<Part>> {
    let parts = Vec::<Vec<Value>>::from_redis_value(answer)?;
    parts.into_iter().map(|part| read(part, host)).collect()
}

fn read(part: Vec<Value>, host: &str) -> RedisResult<Part> {
    let strange = || (ErrorKind::Parse, "slots that cannot be read");
    let mut part = part.into_iter();
    let mut number = || u16::from_redis_value(part.next().unwrap_or(Value::Nil));
    let slots = number()?..=number()?;
    let mut places = part.map(|server| place(server, host)).collect::<RedisResult<Vec<_>>>()?;
    if places.is_empty() {
        return Err(strange().into());
    }
    let replicas = places.split_off(1);
    let master = places.pop().ok_or_else(strange)?;
    Ok(Part { slots, master, replicas })
}

fn place(server: Value, asked: &str) -> RedisResult<Place> {
    let mut fields = Vec::<Value>::from_redis_value(server)?.into_iter();
    let mut field = || fields.next().unwrap_or(Value::Nil);
    let host = Option::<String>::from_redis_value(field())?;
    let host = host.filter(|host| !host.is_empty()).unwrap_or_else(|| asked.to_owned());
    Ok((host, u16::from_redis_value(field())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_s_slot_is_that_of_its_hash_tag() {
        // As `CLUSTER KEYSLOT` answers.
        for (key, slot) in [
            ("foo", 12_182),
            ("123456789", 12_739),
            ("{foo}bar", 12_182),
            ("x{foo}{bar}", 12_182),
            ("foo{}{bar}", 8_363),
            ("", 0),
        ] {
            assert_eq!(of_key(key.as_bytes()), slot, "{key}");
        }
    }

    #[test]
    fn a_command_goes_where_its_first_key_is() {
        let foo = Some(of_key(b"foo"));
        for (words, slot) in [
            ("GET foo", foo),
            ("lpush foo 1", foo),
            ("EVAL script 2 foo {foo}2 x", foo),
            ("EvalSha digest 1 foo", foo),
            ("EVAL script 0 foo", None),
            ("PUBLISH foo message", None),
            ("TIME", None),
        ] {
            let mut command = Cmd::new();
            for word in words.split(' ') {
                command.arg(word);
            }
            assert_eq!(of_command(&command), slot, "{words}");
        }
    }

    #[test]
    fn a_pipeline_over_several_slots_is_refused() {
        let slot_of = |pipe: &Pipeline| of_pipeline(pipe);
        assert_eq!(slot_of(redis::pipe().get("foo").get("{foo}2")), Ok(Some(of_key(b"foo"))));
        assert_eq!(slot_of(redis::pipe().cmd("TIME").cmd("PING")), Ok(None));
        assert!(slot_of(redis::pipe().get("foo").get("bar")).is_err());
    }

    #[test]
    fn the_map_of_slots_is_read_with_whatever_else_it_holds() {
        let text = |text: &str| Value::BulkString(text.into());
        let server = |host, port| {
            Value::Array(vec![host, Value::Int(port), text("id"), Value::Array(Vec::new())])
        };
        let answer = Value::Array(vec![Value::Array(vec![
            Value::Int(0),
            Value::Int(5_460),
            server(text(""), 7_001),
            server(Value::Nil, 7_002),
            server(text("10.0.0.3"), 7_003),
        ])]);
        let expected = Part {
            slots: 0..=5_460,
            master: ("10.0.0.1".to_owned(), 7_001),
            replicas: vec![("10.0.0.1".to_owned(), 7_002), ("10.0.0.3".to_owned(), 7_003)],
        };
        assert_eq!(parts(answer, "10.0.0.1").unwrap(), [expected]);
        assert!(parts(text("nonsense"), "h").is_err());
    }
}
