//! Shape files: named stages of duration, users, spawn rate and classes, in TOML.

use std::path::Path;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::limits::{
    MAX_USERS, check_duration, check_shape_name, check_spawn_rate, check_stage_name, check_total,
};
use super::source::{ShapeText, TomlValue, integer};
use super::{Location, Shape, ShapeError, Stage, StageArrivals, parse_duration};
use crate::arrivals::ArrivalRate;
use crate::class::{ClassSet, ClassWeight};

const FILE_KEYS: &[&str] = &["name", "mock_llm", "thresholds", "stage"];
const STAGE_KEYS: &[&str] = &["name", "duration", "users", "spawn_rate", "arrivals", "ramp", "classes"];

/// What a shape file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct ShapeFile {
    /// The shape.
    pub shape: Shape,
    /// The run's thresholds as they are written there, each with its location; their text is not read here.
    pub thresholds: Vec<(Location, String)>,
}

impl ShapeFile {
    /// Reads a shape file's text. `file` is its path: it is named in errors, and its stem is the
    /// shape's name when the file gives none.
    ///
    /// ```toml
    /// name = "lunch"               # the file's stem if absent
    /// mock_llm = false             # false if absent
    /// thresholds = ["p95<200ms"]   # none if absent
    ///
    /// [[stage]]
    /// name = "warm"                # "stage 1", "stage 2", … if absent
    /// duration = "1m30s"           # or whole seconds; ramp included
    /// users = 10
    /// spawn_rate = 2.0             # the previous stage's if absent; the first stage needs it
    /// classes = ["crud", "mixed"]  # all if absent
    /// ```
    ///
    /// or, in every stage, `arrivals = "5/s"` in place of users and spawn_rate, with `ramp = "30s"` for the way there.
    ///
    /// # Errors
    /// The first fault found, with the file and, unless the fault is an absence, the line.
    pub fn from_toml(text: &str, file: &str) -> Result<ShapeFile, ShapeError> {
        ShapeText { text, file }.shape_file()
    }
}

impl Shape {
    /// The shape of a shape file's text, as [`ShapeFile::from_toml`] reads it.
    ///
    /// # Errors
    /// The first fault found, thresholds included.
    pub fn from_toml(text: &str, file: &str) -> Result<Shape, ShapeError> {
        ShapeFile::from_toml(text, file).map(|file| file.shape)
    }
}

impl ShapeText<'_> {
    fn shape_file(&self) -> Result<ShapeFile, ShapeError> {
        let root = DeTable::parse(self.text).map_err(|fault| self.broken(&fault))?;
        let root = root.get_ref();
        self.check_keys(root, FILE_KEYS)?;
        let name = match root.get("name") {
            Some(value) => self.shape_name(value)?,
            None => self.stem()?,
        };
        let mock_llm = root.get("mock_llm").map_or(Ok(false), |value| self.mock_llm(value))?;
        let thresholds = root.get("thresholds").map_or(Ok(Vec::new()), |value| self.thresholds(value))?;
        let stages = root.get("stage").map_or(Ok(Vec::new()), |value| self.stages(value))?;
        if stages.is_empty() {
            return Err(ShapeError::NoStages { at: self.whole() });
        }
        let rates = stages.iter().filter_map(|stage| stage.arrivals);
        let (mut open, mut nobody) = (false, true);
        for arrivals in rates {
            (open, nobody) = (true, nobody && arrivals.rate.per_s == 0.0);
        }
        if open && nobody {
            return Err(ShapeError::NoArrivals { at: self.whole() });
        }
        if !open && stages.iter().all(|stage| stage.users == 0) {
            return Err(ShapeError::NoUsers { at: self.whole() });
        }
        Ok(ShapeFile { shape: Shape { name, stages, mock_llm }, thresholds })
    }

    fn shape_name(&self, value: &TomlValue<'_>) -> Result<String, ShapeError> {
        let name = self.text_of("name", "name = \"lunch\"", value)?;
        check_shape_name(self.at(value.span()), name)?;
        Ok(name.to_owned())
    }

    fn stem(&self) -> Result<String, ShapeError> {
        let stem = Path::new(self.file).file_stem().unwrap_or_default().to_string_lossy();
        check_shape_name(self.whole(), &stem)?;
        Ok(stem.into_owned())
    }

    fn mock_llm(&self, value: &TomlValue<'_>) -> Result<bool, ShapeError> {
        value
            .get_ref()
            .as_bool()
            .ok_or_else(|| self.wrong_kind("mock_llm", "true or false", "mock_llm = true", value))
    }

    fn thresholds(&self, value: &TomlValue<'_>) -> Result<Vec<(Location, String)>, ShapeError> {
        let example = "thresholds = [\"p95<200ms\"]";
        let wrong = |value| self.wrong_kind("thresholds", "a list of texts", example, value);
        let list = value.get_ref().as_array().ok_or_else(|| wrong(value))?;
        let mut thresholds = Vec::new();
        for value in list.iter() {
            let text = self.text_of("thresholds", example, value)?;
            thresholds.push((self.at(value.span()), text.to_owned()));
        }
        Ok(thresholds)
    }

    fn stages(&self, value: &TomlValue<'_>) -> Result<Vec<Stage>, ShapeError> {
        let wrong = |value| self.wrong_kind("stage", "a list of tables", "[[stage]]", value);
        let tables = value.get_ref().as_array().ok_or_else(|| wrong(value))?;
        let mut stages: Vec<Stage> = Vec::new();
        let mut total = Duration::ZERO;
        for table in tables.iter() {
            let keys = table.get_ref().as_table().ok_or_else(|| wrong(table))?;
            let stage = self.stage(keys, self.at(table.span()), stages.len(), stages.last())?;
            let at = keys.get("duration").map_or_else(|| self.whole(), |at| self.at(at.span()));
            total = check_total(at, total, stage.duration)?;
            stages.push(stage);
        }
        Ok(stages)
    }

    /// Reads one stage; `head` is where it begins.
    fn stage(
        &self,
        keys: &DeTable<'_>,
        head: Location,
        number: usize,
        previous: Option<&Stage>,
    ) -> Result<Stage, ShapeError> {
        self.check_keys(keys, STAGE_KEYS)?;
        let missing = |key, example| ShapeError::MissingKey { at: head.clone(), key, example };
        let name = match keys.get("name") {
            Some(value) => self.stage_name(value)?,
            None => format!("stage {}", number + 1),
        };
        let duration = keys.get("duration").ok_or_else(|| missing("duration", "duration = \"1m30s\""))?;
        if let Some(arrivals) = keys.get("arrivals") {
            return self.open_stage(keys, arrivals, (name, self.duration(duration)?), previous);
        }
        if let Some(ramp) = keys.get("ramp") {
            let why = "users start and stop by `spawn_rate`";
            return Err(ShapeError::IdleKey { at: self.at(ramp.span()), key: "ramp", why });
        }
        let users = keys.get("users").ok_or_else(|| missing("users", "users = 10"))?;
        if previous.is_some_and(|stage| stage.arrivals.is_some()) {
            return Err(ShapeError::MixedLoad { at: self.at(users.span()) });
        }
        let spawn_rate = match (keys.get("spawn_rate"), previous) {
            (Some(value), _) => self.spawn_rate(value)?,
            (None, Some(stage)) => stage.spawn_rate,
            (None, None) => return Err(ShapeError::NoSpawnRate { at: head }),
        };
        Ok(Stage {
            name,
            duration: self.duration(duration)?,
            users: self.users(users)?,
            spawn_rate,
            classes: keys.get("classes").map_or(Ok(ClassSet::ALL), |value| self.classes(value))?,
            arrivals: None,
        })
    }

    /// Reads a stage in which users arrive.
    fn open_stage(
        &self,
        keys: &DeTable<'_>,
        arrivals: &TomlValue<'_>,
        (name, duration): (String, Duration),
        previous: Option<&Stage>,
    ) -> Result<Stage, ShapeError> {
        let at = || self.at(arrivals.span());
        for key in ["users", "spawn_rate"] {
            if let Some(value) = keys.get(key) {
                let why = "users arrive by `arrivals`, and --max-users says how many there may be at once";
                return Err(ShapeError::IdleKey { at: self.at(value.span()), key, why });
            }
        }
        let text = self.text_of("arrivals", "arrivals = \"5/s\"", arrivals)?;
        let rate: ArrivalRate = text.parse().map_err(|fault| ShapeError::BadRate { at: at(), fault })?;
        match previous.map(|stage| stage.arrivals) {
            Some(None) => return Err(ShapeError::MixedLoad { at: at() }),
            Some(Some(before)) if before.rate.spacing != rate.spacing => {
                return Err(ShapeError::MixedSpacing { at: at() });
            }
            _ => {}
        }
        let ramp = keys.get("ramp").map_or(Ok(Duration::ZERO), |value| self.ramp(value, duration))?;
        let classes = keys.get("classes").map_or(Ok(ClassSet::ALL), |value| self.classes(value))?;
        Ok(Stage::of_arrivals(name, duration, StageArrivals { rate, ramp }, classes))
    }

    fn stage_name(&self, value: &TomlValue<'_>) -> Result<String, ShapeError> {
        let name = self.text_of("name", "name = \"warm\"", value)?;
        check_stage_name(self.at(value.span()), name)?;
        Ok(name.to_owned())
    }

    fn duration(&self, value: &TomlValue<'_>) -> Result<Duration, ShapeError> {
        check_duration(self.at(value.span()), self.time("duration", "duration = \"1m30s\"", value)?)
    }

    /// None at all is the usual one. One that outlasts its stage would never reach the rate that the stage names.
    fn ramp(&self, value: &TomlValue<'_>, stage: Duration) -> Result<Duration, ShapeError> {
        match self.time("ramp", "ramp = \"30s\"", value)? {
            Duration::ZERO => Ok(Duration::ZERO),
            ramp if ramp > stage => Err(ShapeError::LongRamp {
                at: self.at(value.span()),
                ramp: ramp.as_secs_f64(),
                stage: stage.as_secs_f64(),
            }),
            ramp => check_duration(self.at(value.span()), ramp),
        }
    }

    fn time(
        &self,
        key: &'static str,
        example: &'static str,
        value: &TomlValue<'_>,
    ) -> Result<Duration, ShapeError> {
        let at = self.at(value.span());
        let written = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(_) => match integer(value) {
                Some(seconds) => seconds.to_string(),
                None => return Err(ShapeError::TooLong { at }),
            },
            _ => {
                return Err(self.wrong_kind(key, "a duration", example, value));
            }
        };
        parse_duration(&written).map_err(|fault| ShapeError::BadDuration { at, fault })
    }

    fn users(&self, value: &TomlValue<'_>) -> Result<u32, ShapeError> {
        let DeValue::Integer(written) = value.get_ref() else {
            return Err(self.wrong_kind("users", "a whole number", "users = 10", value));
        };
        let users = integer(value).and_then(|users| u32::try_from(users).ok());
        users
            .filter(|users| *users <= MAX_USERS)
            .ok_or_else(|| ShapeError::TooManyUsers { at: self.at(value.span()), users: written.to_string() })
    }

    fn spawn_rate(&self, value: &TomlValue<'_>) -> Result<f64, ShapeError> {
        let rate = match value.get_ref() {
            DeValue::Float(rate) => rate.as_str().parse().ok(),
            // Any integer too large for i64 is beyond the limit too.
            DeValue::Integer(_) => Some(integer(value).map_or(f64::INFINITY, |rate| rate as f64)),
            _ => None,
        };
        let Some(rate) = rate else {
            return Err(self.wrong_kind("spawn_rate", "a number", "spawn_rate = 2.0", value));
        };
        check_spawn_rate(self.at(value.span()), rate)?;
        Ok(rate)
    }

    fn classes(&self, value: &TomlValue<'_>) -> Result<ClassSet, ShapeError> {
        const EXAMPLE: &str = "classes = [\"crud\", \"mixed\"]";
        let wrong = |value| self.wrong_kind("classes", "a list of class names", EXAMPLE, value);
        let list = value.get_ref().as_array().ok_or_else(|| wrong(value))?;
        let mut classes = Vec::new();
        for name in list.iter() {
            let text = name.get_ref().as_str().ok_or_else(|| wrong(name))?;
            let class: ClassWeight =
                text.parse().map_err(|fault| ShapeError::BadClass { at: self.at(name.span()), fault })?;
            classes.push(class);
        }
        ClassSet::weighted(&classes).ok_or_else(|| ShapeError::NoClasses { at: self.at(value.span()) })
    }
}
