//! The environment variables of a function's process: the documented ones and the function's own.
//!
//! docs: configuration-envvars; observed: the variables of each managed runtime.

use domain::function::{Configuration, LogFormat};
use domain::name::{FunctionName, Home, Version};
use domain::runtime::Runtime;
use sandbox::LISTEN_TOKEN;

/// What an environment is, as its variables tell it.
#[derive(Debug)]
pub(crate) struct Identity<'a> {
    pub(crate) home: &'a Home,
    pub(crate) function: &'a FunctionName,
    pub(crate) version: Version,
    pub(crate) configuration: &'a Configuration,
    pub(crate) log_stream: &'a str,
    pub(crate) credentials: &'a Credentials,
    /// Where the API of this server is, as the function reaches it.
    pub(crate) api: Option<&'a str>,
}

/// Keys with which the function signs its own calls.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    pub(crate) session_token: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key", &self.access_key)
            .finish_non_exhaustive()
    }
}

impl Credentials {
    /// New keys in the form of temporary credentials. `dice` are random numbers.
    pub(crate) fn new(dice: [u128; 3]) -> Self {
        let [access, secret, token] = dice;
        let access = format!("{access:032X}");
        Self {
            access_key: format!("ASIA{}", access.get(..16).unwrap_or(&access)),
            secret_key: format!("{secret:032x}{:08x}", token >> 96),
            session_token: format!("{token:032x}"),
        }
    }
}

/// Every variable of the process. A variable of the function replaces ours where Lambda lets it.
pub(crate) fn variables(identity: &Identity<'_>) -> Vec<(String, String)> {
    let mut variables = common(identity);
    variables.extend(of_runtime(identity.configuration.runtime));
    variables.extend(of_api(identity));
    let mut all: Vec<(String, String)> = variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    for (name, value) in &identity.configuration.environment {
        all.retain(|(ours, _)| ours != name);
        all.push((name.clone(), value.clone()));
    }
    all
}

fn common(identity: &Identity<'_>) -> Vec<(&'static str, String)> {
    let Identity {
        home,
        function,
        version,
        configuration,
        credentials,
        ..
    } = identity;
    let mut variables = vec![
        ("AWS_REGION", home.region.clone()),
        ("AWS_DEFAULT_REGION", home.region.clone()),
        ("AWS_ACCESS_KEY_ID", credentials.access_key.clone()),
        ("AWS_SECRET_ACCESS_KEY", credentials.secret_key.clone()),
        ("AWS_SESSION_TOKEN", credentials.session_token.clone()),
        ("AWS_LAMBDA_FUNCTION_NAME", function.to_string()),
        ("AWS_LAMBDA_FUNCTION_VERSION", version.to_string()),
        (
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            configuration.memory_mb.to_string(),
        ),
        ("AWS_LAMBDA_RUNTIME_API", LISTEN_TOKEN.to_owned()),
        ("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR".to_owned()),
        ("AWS_XRAY_DAEMON_ADDRESS", "169.254.100.1:2000".to_owned()),
        ("_AWS_XRAY_DAEMON_ADDRESS", "169.254.100.1".to_owned()),
        ("_AWS_XRAY_DAEMON_PORT", "2000".to_owned()),
        ("LAMBDA_TASK_ROOT", "/var/task".to_owned()),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned()),
        ("_HANDLER", configuration.handler.clone()),
    ];
    variables.extend(of_beginning(identity));
    variables.extend(of_system());
    variables.extend(of_logging(configuration.logging.format));
    variables
}

/// What depends on whether environments are copies. Those do not have the names of a log, which is not theirs alone.
///
/// docs: configuration-envvars.
fn of_beginning(identity: &Identity<'_>) -> Vec<(&'static str, String)> {
    let Identity {
        function,
        configuration,
        log_stream,
        ..
    } = identity;
    if configuration.snap_start && identity.version != Version::Latest {
        return vec![("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start".to_owned())];
    }
    vec![
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        (
            "AWS_LAMBDA_LOG_GROUP_NAME",
            configuration.logging.group_of(function),
        ),
        ("AWS_LAMBDA_LOG_STREAM_NAME", (*log_stream).to_owned()),
    ]
}

/// Has AWS's SDKs call functions and queues of this server, unless the function says where they are.
///
/// docs: `sdkref/latest/guide/feature-ss-endpoints` (the variable of a service wins over the one of all).
fn of_api(identity: &Identity<'_>) -> Vec<(&'static str, String)> {
    let own = &identity.configuration.environment;
    match identity.api {
        Some(api) if !own.contains_key("AWS_ENDPOINT_URL") => {
            ["AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_SQS"]
                .map(|name| (name, api.to_owned()))
                .to_vec()
        }
        Some(_) | None => Vec::new(),
    }
}

/// What the C library and interpreters read when they start.
fn of_system() -> [(&'static str, String); 4] {
    [
        ("LANG", "en_US.UTF-8".to_owned()),
        ("TZ", ":UTC".to_owned()),
        ("PATH", "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin".to_owned()),
        (
            "LD_LIBRARY_PATH",
            "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"
                .to_owned(),
        ),
    ]
}

/// Has our runtime clients wait, before anything else, to be told their variables.
const WAITS: &str = "_INVOKED_WAITS";

/// The variables of a runtime that is started before it is known for which function: those that are read at start
/// have the values that they have for every function that sets none of them.
pub(crate) fn before_any_function(runtime: Runtime) -> Vec<(String, String)> {
    let waits = [(WAITS, "1".to_owned())];
    let variables = of_system()
        .into_iter()
        .chain(of_runtime(runtime))
        .chain(waits);
    variables
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Has our Python client fork itself for every function instead of becoming one.
const IS_MOULD: &str = "_INVOKED_IS_MOULD";

/// The variables of a runtime that is forked, where it can be.
pub(crate) fn mould(runtime: Runtime) -> Option<Vec<(String, String)>> {
    matches!(runtime, Runtime::Python { .. }).then(|| {
        let mut variables = before_any_function(runtime);
        variables.push((IS_MOULD.to_owned(), "1".to_owned()));
        variables
    })
}

/// observed: runtimes learn the format and the level of their lines from these two.
fn of_logging(format: LogFormat) -> Vec<(&'static str, String)> {
    match format {
        LogFormat::Text => vec![("AWS_LAMBDA_LOG_FORMAT", "Text".to_owned())],
        LogFormat::Json { application, .. } => vec![
            ("AWS_LAMBDA_LOG_FORMAT", "JSON".to_owned()),
            ("AWS_LAMBDA_LOG_LEVEL", application.as_str().to_owned()),
        ],
    }
}

fn of_runtime(runtime: Runtime) -> Vec<(&'static str, String)> {
    let execution = ("AWS_EXECUTION_ENV", format!("AWS_Lambda_{runtime}"));
    match runtime {
        Runtime::Python { minor } => {
            let mut variables = vec![
                execution,
                ("PYTHONPATH", "/var/runtime".to_owned()),
                ("PWD", "/var/task".to_owned()),
                ("SHLVL", "0".to_owned()),
            ];
            if minor >= 12 {
                variables.push(("LC_CTYPE", "C.UTF-8".to_owned()));
            }
            variables
        }
        Runtime::Node { major } => vec![
            execution,
            (
                "NODE_PATH",
                format!(
                    "/opt/nodejs/node{major}/node_modules:/opt/nodejs/node_modules:\
                     /var/runtime/node_modules:/var/runtime:/var/task"
                ),
            ),
            ("PWD", "/var/task".to_owned()),
        ],
        // docs: ruby-package and chapter-layers; RubyGems counts its directories by the interface, which ends in 0.
        Runtime::Ruby { major, minor } => vec![
            execution,
            (
                "GEM_PATH",
                format!(
                    "/var/task/vendor/bundle/ruby/{major}.{minor}.0:/opt/ruby/gems/{major}.{minor}.0"
                ),
            ),
            (
                "RUBYLIB",
                "/var/task:/var/runtime/lib:/opt/ruby/lib".to_owned(),
            ),
            ("PWD", "/var/task".to_owned()),
        ],
        Runtime::Java { .. } => vec![execution, ("PWD", "/var/task".to_owned())],
        Runtime::Provided { .. } => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use domain::function::Architecture;

    use super::*;

    fn variables_of(runtime: &str, set: &[(&str, &str)]) -> Vec<(String, String)> {
        let runtime = Runtime::parse(runtime).unwrap();
        let mut configuration = Configuration::new(runtime, "m.h", "role", Architecture::X86_64);
        configuration.environment = set
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        variables(&Identity {
            home: &Home::new("us-east-1", "000000000000"),
            function: &FunctionName::parse("fn").unwrap(),
            version: Version::Latest,
            configuration: &configuration,
            log_stream: "2024/03/04/[$LATEST]00",
            credentials: &Credentials::new([1, 2, 3]),
            api: Some("http://here"),
        })
    }

    fn value<'a>(variables: &'a [(String, String)], name: &str) -> Option<&'a str> {
        variables
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    #[test]
    fn a_variable_of_the_function_replaces_ours() {
        let variables = variables_of("python3.11", &[("LANG", "C"), ("MINE", "1")]);

        assert_eq!(value(&variables, "LANG"), Some("C"));
        assert_eq!(value(&variables, "MINE"), Some("1"));
        assert_eq!(
            variables.iter().filter(|(name, _)| name == "LANG").count(),
            1
        );
    }

    #[test]
    fn functions_and_queues_are_this_servers_unless_the_function_says_otherwise() {
        let name = "AWS_ENDPOINT_URL_LAMBDA";
        let of = |set: &[(&str, &str)]| {
            let variables = variables_of("python3.11", set);
            value(&variables, name).map(str::to_owned)
        };

        assert_eq!(of(&[]).as_deref(), Some("http://here"));
        assert_eq!(
            of(&[(name, "http://there")]).as_deref(),
            Some("http://there")
        );
        assert_eq!(of(&[("AWS_ENDPOINT_URL", "http://there")]), None);
    }

    #[test]
    fn a_runtime_of_the_package_is_not_told_what_managed_runtimes_are() {
        assert_eq!(
            value(&variables_of("provided.al2023", &[]), "AWS_EXECUTION_ENV"),
            None
        );
        let node = variables_of("nodejs20.x", &[]);
        assert_eq!(
            value(&node, "AWS_EXECUTION_ENV"),
            Some("AWS_Lambda_nodejs20.x")
        );
        assert!(
            value(&node, "NODE_PATH")
                .unwrap()
                .starts_with("/opt/nodejs/node20/node_modules:")
        );
    }

    #[test]
    fn credentials_have_the_form_of_temporary_ones() {
        let credentials = Credentials::new([u128::MAX, 2, 3]);
        assert_eq!(credentials.access_key, "ASIAFFFFFFFFFFFFFFFF");
        assert_eq!(credentials.secret_key.len(), 40);
    }
}
