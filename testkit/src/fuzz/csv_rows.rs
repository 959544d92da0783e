//! Rows of a small run, for each of the files. Lines end as CSV says: with CRLF.

pub const STATS: &str = "\
GET,/threads,3,0,2,5.115,1,12.345,12,0.025,0,2,2,12.345,12.345,12.345,12.345,12.345,12.345,12.345,12.345,12.345\r
POST,/chat/stream,2,1,1500.159,2000,1500,2500,3000,0.025,0.008,1500.159,2500,2500,2500,2500,2500,2500,2500,2500,2500,2500\r
,Aggregated,5,1,12.351,702.906,1,2500,1167,0.05,0.008,12.351,900.095,1500.159,1500.159,2500,2500,2500,2500,2500,2500,2500\r
";

pub const HISTORY: &str = "\
1767323046,0,,Aggregated,0.000000,0.000000,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,0,0,0,0.0,0,0,0\r
1767323047,4,,Aggregated,5.000000,1.000000,2,3,4,5,6,11,15,15,15,15,15,5,1,2,3.25,0.875,15.125,2.0\r
1767323047,4,GET,/threads,3.000000,0.000000,2,3,4,5,6,11,15,15,15,15,15,3,0,2,3.25,0.875,15.125,2.0\r
";

pub const FAILURES: &str = "\
POST,/chat/stream,http_5xx: status 503: <b>down</b>,1,2026-01-02T03:05:05Z,2026-01-02T03:05:06Z\r
";

pub const EXCEPTIONS: &str = "2,boom in task,\"  one, \"\"two\"\"\n    three\n\",\"w1,w2\"\r\n";

pub const STREAMS: &str = "\
STREAM,ttft,2,0,400.127,600,400,800,0,0.017,0,400.127,800,800,800,800,800,800,800,800,800,800\r
STREAM,icl,0,0,0,0,0,0,0,0,0,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A\r
COUNT,started,2,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A\r
COUNT,completed,1,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A\r
COUNT,failed,1,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A\r
COUNT,tokens,100,N/A,N/A,N/A,N/A,N/A,N/A,0.833,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A\r
";

pub const STREAMS_HISTORY: &str = "\
1767323046,0,0,0,0,0,N/A,N/A,N/A,N/A,N/A,N/A\r
1767323047,4,0,2,1,25.5,400.127,800,800,10,12.5,13\r
";

pub const STAGES: &str = "\
ramp,0,60,12,10,4,1,0,0.067,5,900,900,N/A,N/A,0\r
10 users,60,120,12,10,1,0,1,0.017,5,900,900,400,800,0.833\r
";

pub const WORKERS: &str = "\
w1,alpha,0.1.0,2,finished,5,3,0,0.25,12582912,0.001,0.4,3.5,-12.5,0.25,120,1,0,,120\r
w2,beta,0.1.0,2,lost,5,2,1,0.25,12582912,0.001,0.4,3.5,N/A,N/A,60,1,0,60.0–61.5 s; 70.0–71.0 s,60\r
";

pub const OBSERVED: &str = "\
0.512,db,\"postgres_sessions{state=\"\"idle\"\"}\",4\r
1.512,db,\"postgres_sessions{state=\"\"idle\"\"}\",3.25\r
1.613,app,cpu_cores,0.5\r
";

pub const SLOWEST: &str = "\
first token,POST,/chat/stream,412.75,61.25,48 users,7,0af7651916cd43dd8448eb211c80319c\r
answer,POST,/chat/stream,900.5,61.25,48 users,7,\r
";

pub const BEHIND: &str = "\
48 users,POST,/chat/stream,first token,60,60,61,58,230.5,240.25,250,200,201,202,30.5,39.25,48\r
Aggregated,POST,/chat/stream,answer,60,60,61,0,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A\r
";
