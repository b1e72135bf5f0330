//! How the log thread starts: it checks that the log is the one that its group knows and reaches back far enough, and reads two windows of it.
//!
//! What is deleted may be deleted by retention, after an idle time: then it was out of every window long ago, and the marks tell. Anything else is
//! a loss, and it stops: it never guesses.

use super::*;

impl<P: LogPort> LogThread<P> {
    /// Checks the log against the group's newest mark and reads two windows of it, up to the end that it had at the start. `now` is in
    /// milliseconds: an empty log has no time of its own. `progress` hears (next offset, end) and says whether to go on.
    pub fn restore(&mut self, mark: Option<Mark>, now: i64, mut progress: impl FnMut(i64, i64) -> bool) -> Result<(), LogThreadError> {
        let started = Instant::now();
        let (low, end) = self.patiently(|port| port.bounds())?;
        self.check_mark(mark, low, end)?;
        let start = self.start_of_two_windows(low, end)?;
        self.patiently(|port| port.tail_from(start))?;
        self.next_offset = start;
        self.end_at_start = end;
        self.stats.end(end);
        self.stats.restoring(self.rules.generation, 2 * u64::from(self.rules.window_entries));
        self.whole_from = mark.filter(|mark| mark.generation == self.rules.generation).map_or(0, |mark| mark.whole_from);
        let (mut sees_older, mut has_begun) = (false, false);
        let mut oldest: Option<i64> = None;
        let mut newest_time = i64::MIN;
        // The last offsets may be markers of a transaction, which never come.
        while self.next_offset.max(self.port.position()) < end {
            if !progress(self.next_offset, end) {
                return Ok(());
            }
            for event in self.poll(Duration::from_millis(100))? {
                let LogEvent::Record(record) = event else {
                    continue;
                };
                oldest.get_or_insert(record.timestamp);
                newest_time = newest_time.max(record.timestamp);
                if let Ok(entry) = Entry::decode(&record.value)
                    && self.index.knows(entry.topic)
                {
                    sees_older |= entry.generation < self.rules.generation;
                    has_begun |= entry.generation == self.rules.generation && entry.kind == EntryKind::Generation;
                }
                self.apply(record)?;
            }
            self.stats.publish(&self.index);
        }
        let is_long_enough = end - low >= 2 * i64::from(self.rules.window_entries) || oldest.is_some_and(|oldest| newest_time - oldest >= self.two_windows());
        if sees_older && !has_begun {
            self.begin_generation(low, end)?;
        } else if low > 0 && start <= low && !has_begun && !is_long_enough {
            self.check_what_is_deleted(mark, low, oldest, newest_time, now)?;
        }
        self.stats.restored(started.elapsed());
        self.stats.busy(started.elapsed().saturating_sub(std::mem::take(&mut self.waited)));
        self.stats.publish_now(&self.index);
        Ok(())
    }

    /// Repeats a call while it says `Retry`: at the start there is nothing else to do.
    fn patiently<T>(&mut self, mut call: impl FnMut(&mut P) -> Result<T, PortError>) -> Result<T, LogThreadError> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            match call(&mut self.port) {
                Err(PortError::Retry(reason)) if Instant::now() < deadline => {
                    tracing::warn!(reason, "fingerprint log not reachable yet");
                    std::thread::sleep(Duration::from_millis(200));
                }
                other => return Ok(other?),
            }
        }
    }

    fn check_mark(&mut self, mark: Option<Mark>, low: i64, end: i64) -> Result<(), LogThreadError> {
        let Some(mark) = mark else { return Ok(()) };
        let generation = self.rules.generation;
        if mark.generation > generation {
            let found = mark.generation;
            return Err(LogThreadError::Newer(format!("this group last worked with generation {found} of the log, the configuration says {generation}")));
        }
        if mark.generation < generation || mark.offset < low {
            return Ok(());
        }
        if end <= mark.offset {
            return Err(LogThreadError::Lost(format!("it ends at offset {end}, this group has seen offset {}", mark.offset)));
        }
        match self.record_at(mark.offset)? {
            Some(record) if Entry::decode(&record.value).is_ok_and(|entry| entry.identity == mark.identity) => Ok(()),
            _ => Err(LogThreadError::Lost(format!("offset {} holds another entry than this group has seen there", mark.offset))),
        }
    }

    fn record_at(&mut self, offset: i64) -> Result<Option<LogRecord>, LogThreadError> {
        self.patiently(|port| port.tail_from(offset))?;
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            for event in self.poll(Duration::from_millis(100))? {
                if let LogEvent::Record(record) = event {
                    return Ok((record.offset == offset).then_some(record));
                }
            }
            if self.port.position() > offset {
                return Ok(None);
            }
        }
        Err(LogThreadError::Port(PortError::Fatal(format!("offset {offset} of the log could not be read in 60 s"))))
    }

    /// Two windows before the last entry, whichever of time and number is shorter.
    fn start_of_two_windows(&mut self, low: i64, end: i64) -> Result<i64, LogThreadError> {
        if low >= end {
            return Ok(end);
        }
        let by_number = end - 2 * i64::from(self.rules.window_entries);
        let Some(last) = self.record_at(end - 1)? else {
            return Ok(low.max(by_number));
        };
        let earliest = last.timestamp - self.two_windows();
        let by_time = self.patiently(|port| port.offset_at_time(earliest.max(0)))?.unwrap_or(end - 1);
        // One entry more than two windows shows that the log reaches back far enough.
        Ok(low.max(by_number).max(by_time - 1).min(end))
    }

    /// Milliseconds.
    fn two_windows(&self) -> i64 {
        2 * self.rules.window_millis()
    }

    /// The log is shorter than two windows. Either what is missing was out of every window when the rest was written, or it is a loss.
    fn check_what_is_deleted(&mut self, mark: Option<Mark>, low: i64, oldest: Option<i64>, newest: i64, now: i64) -> Result<(), LogThreadError> {
        let mark = mark.filter(|mark| mark.generation == self.rules.generation);
        // The group's mark names an entry that is deleted too: it tells how old what is missing was.
        let idle = mark.filter(|mark| mark.offset < low).map(|mark| oldest.unwrap_or(now) - mark.log_time);
        let is_explained = match (mark, idle) {
            (_, Some(idle)) => idle >= self.two_windows(),
            (Some(mark), None) => mark.whole_from >= low,
            // A new group has nothing that could be lost, and an empty log nothing that could be misjudged.
            (None, None) => oldest.is_none(),
        };
        if is_explained {
            if idle.is_some() || mark.is_none() {
                tracing::info!(low, "retention has deleted the fingerprint log's entries of before an idle time: none of them is in a window any more");
                self.whole_from = self.whole_from.max(low);
            }
            return Ok(());
        }
        let hours = |millis: i64| millis / 3_600_000;
        let windows = hours(self.two_windows());
        Err(LogThreadError::TooShort(match (oldest, idle) {
            (None, _) => format!("it is empty, and its entries below offset {low} were written less than two windows ({windows} h) ago"),
            (Some(oldest), _) => format!(
                "its oldest entry, at offset {low}, is {} h older than its newest, two windows are {windows} h, and no idle time explains it",
                hours(newest - oldest)
            ),
        }))
    }

    /// The first worker of a higher generation says so in the log: what stands before is void. A log that holds nothing older needs no such entry.
    fn begin_generation(&mut self, low: i64, end: i64) -> Result<(), LogThreadError> {
        let generation = self.rules.generation;
        tracing::warn!(generation, low, end, "starting a new generation of the fingerprint log: what stands in it is void");
        let entry = dedupe::generation_entry(&self.rules, &self.topics[0]);
        let identity = entry.identity;
        self.appends.add(identity, || entry.encode(), &mut self.stats);
        while self.appends.contains(&identity) {
            self.round(Duration::from_millis(20))?;
        }
        Ok(())
    }
}
