//! Which series of a page of metrics are kept: those that people look at, and those that were asked for.

use super::glob;

/// Most patterns of a run.
const MOST_GLOBS: usize = 64;
/// Longest pattern, in bytes.
const LONGEST_GLOB: usize = 200;

/// How the samples of one metric that differ in their labels become one series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    /// They are added up.
    Sum,
    /// The greatest speaks: shares do not add up.
    Most,
    /// Each is a series of its own.
    Each,
}

/// Metrics that are kept, with the labels that tell their series apart.
#[derive(Debug, Clone, Copy)]
struct Usual {
    metric: &'static str,
    fold: Fold,
    by: &'static [&'static str],
}

const fn sum(metric: &'static str) -> Usual {
    Usual { metric, fold: Fold::Sum, by: &[] }
}

const fn most(metric: &'static str) -> Usual {
    Usual { metric, fold: Fold::Most, by: &[] }
}

const fn by(metric: &'static str, by: &'static [&'static str]) -> Usual {
    Usual { metric, fold: Fold::Sum, by }
}

/// What cAdvisor calls a container, by what runs it.
const CONTAINER: &[&str] = &["name", "pod", "container"];

/// The usual ones, by who writes them.
const USUAL: &[Usual] = &[
    // vLLM
    sum("vllm:num_requests_running"),
    sum("vllm:num_requests_waiting"),
    sum("vllm:num_requests_swapped"),
    most("vllm:kv_cache_usage_perc"),
    most("vllm:gpu_cache_usage_perc"),
    sum("vllm:num_preemptions_total"),
    sum("vllm:prompt_tokens_total"),
    sum("vllm:generation_tokens_total"),
    sum("vllm:request_success_total"),
    // SGLang
    sum("sglang:num_running_reqs"),
    sum("sglang:num_queue_reqs"),
    sum("sglang:gen_throughput"),
    most("sglang:token_usage"),
    most("sglang:cache_hit_rate"),
    // llama.cpp
    sum("llamacpp:requests_processing"),
    sum("llamacpp:requests_deferred"),
    sum("llamacpp:prompt_tokens_total"),
    sum("llamacpp:tokens_predicted_total"),
    most("llamacpp:kv_cache_usage_ratio"),
    most("llamacpp:n_busy_slots_per_decode"),
    // Text Generation Inference
    sum("tgi_queue_size"),
    sum("tgi_batch_current_size"),
    sum("tgi_batch_current_max_tokens"),
    sum("tgi_request_count"),
    // LiteLLM
    sum("litellm_proxy_total_requests_metric_total"),
    sum("litellm_proxy_failed_requests_metric_total"),
    sum("litellm_in_flight_requests"),
    sum("litellm_total_tokens_metric_total"),
    by("litellm_deployment_state", &["litellm_model_name"]),
    // The sandbox of this project
    sum("sandbox_slots"),
    sum("sandbox_slots_busy"),
    sum("sandbox_slots_waiting"),
    sum("sandbox_batch_slots"),
    sum("sandbox_batch_running"),
    sum("sandbox_batch_waiting"),
    sum("sandbox_streams_open"),
    sum("sandbox_streams_completed_total"),
    // Any process with a client library
    sum("process_cpu_seconds_total"),
    sum("process_resident_memory_bytes"),
    sum("process_open_fds"),
    sum("process_max_fds"),
    sum("process_threads"),
    sum("go_goroutines"),
    sum("jvm_threads_live_threads"),
    most("nodejs_eventloop_lag_p99_seconds"),
    // Pools of the JVM
    by("hikaricp_connections_active", &["pool"]),
    by("hikaricp_connections_pending", &["pool"]),
    by("hikaricp_connections_max", &["pool"]),
    by("executor_active_threads", &["name"]),
    by("executor_queued_tasks", &["name"]),
    sum("tomcat_threads_busy_threads"),
    sum("tomcat_threads_config_max_threads"),
    // node exporter
    by("node_cpu_seconds_total", &["mode"]),
    sum("node_load1"),
    sum("node_memory_MemAvailable_bytes"),
    sum("node_memory_MemTotal_bytes"),
    sum("node_pressure_cpu_waiting_seconds_total"),
    sum("node_pressure_io_waiting_seconds_total"),
    sum("node_pressure_memory_waiting_seconds_total"),
    sum("node_context_switches_total"),
    sum("node_sockstat_TCP_inuse"),
    sum("node_netstat_Tcp_RetransSegs"),
    sum("node_vmstat_pgmajfault"),
    // PostgreSQL's exporter
    by("pg_stat_activity_count", &["state"]),
    most("pg_settings_max_connections"),
    sum("pg_stat_database_xact_commit"),
    sum("pg_stat_database_xact_rollback"),
    sum("pg_stat_database_deadlocks"),
    most("pg_stat_activity_max_tx_duration"),
    // nginx' exporter
    sum("nginx_connections_active"),
    sum("nginx_connections_reading"),
    sum("nginx_connections_writing"),
    sum("nginx_connections_waiting"),
    sum("nginx_connections_accepted"),
    sum("nginx_connections_handled"),
    sum("nginx_http_requests_total"),
    // cAdvisor
    by("container_cpu_usage_seconds_total", CONTAINER),
    by("container_cpu_cfs_periods_total", CONTAINER),
    by("container_cpu_cfs_throttled_periods_total", CONTAINER),
    by("container_memory_working_set_bytes", CONTAINER),
    by("container_threads", CONTAINER),
];

/// Which series are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    globs: Vec<String>,
}

/// Why a pattern is none.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum GlobError {
    /// It names nothing.
    #[error(
        "`--observe-series` wants a name, in which `*` stands for any text: 'vllm:*', 'queue_*{{*state=\"busy\"*'"
    )]
    Empty,
    /// The first letters of one that is too long.
    #[error("`--observe-series {0}…` is longer than {LONGEST_GLOB} bytes; let a `*` stand for the rest")]
    Long(String),
    /// More than are kept.
    #[error("`--observe-series` was given more than {MOST_GLOBS} times; let a `*` stand for several names")]
    Many,
}

impl Choice {
    /// The usual series, and those of these patterns.
    ///
    /// # Errors
    /// A pattern that names nothing, is too long, or one too many.
    pub fn of(globs: &[String]) -> Result<Choice, GlobError> {
        if globs.len() > MOST_GLOBS {
            return Err(GlobError::Many);
        }
        for text in globs {
            if text.trim().is_empty() {
                return Err(GlobError::Empty);
            }
            if text.len() > LONGEST_GLOB {
                return Err(GlobError::Long(text.chars().take(40).collect()));
            }
        }
        Ok(Choice { globs: globs.to_vec() })
    }

    /// Whether samples of a metric may be wanted, whatever their labels.
    pub(super) fn may_want(&self, metric: &str) -> bool {
        // A pattern may speak of labels, which are not known here.
        let of_metric =
            |pattern: &String| glob::matches(pattern.split('{').next().unwrap_or_default(), metric);
        usual(metric).is_some() || self.globs.iter().any(|text| text.starts_with('*') || of_metric(text))
    }

    /// The series that a sample belongs to, and how it is folded into it; none that is not wanted. `labels` stand as
    /// they are written, without braces; `of` finds the text of one label in them.
    pub(super) fn series(
        &self,
        metric: &str,
        labels: &str,
        of: impl Fn(&str) -> Option<String>,
    ) -> Option<(String, Fold)> {
        if let Some(usual) = usual(metric) {
            let parts: Vec<String> = usual.by.iter().filter_map(|label| of(label)).collect();
            return Some((braced(metric, &parts.join(",")), usual.fold));
        }
        let whole = braced(metric, labels);
        let is_wanted = |pattern: &String| glob::matches(pattern, metric) || glob::matches(pattern, &whole);
        self.globs.iter().any(is_wanted).then_some((whole, Fold::Each))
    }
}

fn usual(metric: &str) -> Option<&'static Usual> {
    USUAL.iter().find(|usual| usual.metric == metric)
}

fn braced(metric: &str, labels: &str) -> String {
    if labels.is_empty() { metric.to_owned() } else { format!("{metric}{{{labels}}}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the verdict reads must be kept without being asked for: what is no page's has a reader of its own.
    #[test]
    fn every_metric_of_a_rule_is_usual_or_our_own() {
        let own = ["postgres_", "busiest_process_cores", "threads", "throttled_share"];
        for metric in verdict::limits::inside_metrics() {
            assert!(usual(metric).is_some() || own.iter().any(|name| metric.starts_with(name)), "{metric}");
        }
    }

    #[test]
    fn patterns_that_say_nothing_are_refused() {
        assert_eq!(Choice::of(&[" ".to_owned()]), Err(GlobError::Empty));
        assert!(matches!(Choice::of(&["x".repeat(500)]), Err(GlobError::Long(_))));
        assert_eq!(Choice::of(&vec!["x".to_owned(); 65]), Err(GlobError::Many));
    }

    #[test]
    fn what_was_asked_for_keeps_its_labels_and_what_is_usual_is_added_up() {
        let choice = Choice::of(&["my_*".to_owned(), "queue{*kind=\"b\"*".to_owned()]).unwrap();
        let none = |_: &str| None;
        assert_eq!(choice.series("my_x", "a=\"1\"", none), Some(("my_x{a=\"1\"}".to_owned(), Fold::Each)));
        assert_eq!(choice.series("queue", "kind=\"a\"", none), None);
        assert_eq!(
            choice.series("queue", "kind=\"b\"", none),
            Some(("queue{kind=\"b\"}".to_owned(), Fold::Each))
        );
        assert!(choice.may_want("queue") && !choice.may_want("other"));
        let mode = |label: &str| (label == "mode").then(|| "mode=\"idle\"".to_owned());
        assert_eq!(
            choice.series("node_cpu_seconds_total", "cpu=\"3\",mode=\"idle\"", mode),
            Some(("node_cpu_seconds_total{mode=\"idle\"}".to_owned(), Fold::Sum))
        );
    }
}
