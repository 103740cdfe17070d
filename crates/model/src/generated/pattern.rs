//! The model's patterns: the text errors print, and what is matched.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use crate::rule::Pattern;

pub(crate) static ACTION: Pattern = Pattern::new(
    "(lambda:[*]|lambda:[a-zA-Z]+|[*])",
    "\\A(?:(lambda:[*]|lambda:[a-zA-Z]+|[*]))\\z",
    None,
);

pub(crate) static ADDITIONAL_VERSION: Pattern = Pattern::new(
    "[0-9]+",
    "\\A(?:[0-9]+)\\z",
    None,
);

pub(crate) static ALIAS: Pattern = Pattern::new(
    "(?!^[0-9]+$)([a-zA-Z0-9-_]+)",
    "\\A(?:[a-zA-Z0-9-_]*[a-zA-Z-_][a-zA-Z0-9-_]*)\\z",
    None,
);

pub(crate) static ARN: Pattern = Pattern::new(
    "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)",
    "\\A(?:arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1})?:([0-9]{12})?:([^\\n\\r\\u{85}\\u{2028}\\u{2029}]*))\\z",
    None,
);

pub(crate) static CALLBACK_ID: Pattern = Pattern::new(
    "[A-Za-z0-9+/]+={0,2}",
    "\\A(?:[A-Za-z0-9+/]+={0,2})\\z",
    None,
);

pub(crate) static CAPACITY_PROVIDER_ARN: Pattern = Pattern::new(
    "arn:aws[a-zA-Z-]*:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:capacity-provider:[a-zA-Z0-9-_]+",
    "\\A(?:arn:aws[a-zA-Z-]*:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:[0-9]{12}:capacity-provider:[a-zA-Z0-9-_]+)\\z",
    None,
);

pub(crate) static CAPACITY_PROVIDER_NAME: Pattern = Pattern::new(
    "(arn:aws[a-zA-Z-]*:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:capacity-provider:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+",
    "\\A(?:(arn:aws[a-zA-Z-]*:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:[0-9]{12}:capacity-provider:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+)\\z",
    None,
);

pub(crate) static CHECKPOINT_TOKEN: Pattern = Pattern::new(
    "[A-Za-z0-9+/]+={0,2}",
    "\\A(?:[A-Za-z0-9+/]+={0,2})\\z",
    None,
);

pub(crate) static CLIENT_TOKEN: Pattern = Pattern::new(
    "[\\x21-\\x7E]+",
    "\\A(?:[\\x21-\\x7E]+)\\z",
    None,
);

pub(crate) static CODE_SIGNING_CONFIG_ARN: Pattern = Pattern::new(
    "arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:code-signing-config:csc-[a-z0-9]{17}",
    "\\A(?:arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:[0-9]{12}:code-signing-config:csc-[a-z0-9]{17})\\z",
    None,
);

pub(crate) static COLLECTION_NAME: Pattern = Pattern::new(
    "(^(?!(system\\x2e)))(^[_a-zA-Z0-9])([^$]*)",
    "\\A(?:[_a-zA-Z0-9][^$]*)\\z",
    Some("\\A(?:system\\.(?s:.)*)\\z"),
);

pub(crate) static DATABASE_NAME: Pattern = Pattern::new(
    "[^ /\\.$\\x22]*",
    "\\A(?:[^ /\\.$\\x22]*)\\z",
    None,
);

pub(crate) static DESTINATION_ARN: Pattern = Pattern::new(
    "$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)",
    "\\A(?:$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1})?:([0-9]{12})?:([^\\n\\r\\u{85}\\u{2028}\\u{2029}]*))\\z",
    None,
);

pub(crate) static DURABLE_EXECUTION_ARN: Pattern = Pattern::new(
    "arn:([a-zA-Z0-9-]+):lambda:([a-zA-Z0-9-]+):(\\d{12}):function:([a-zA-Z0-9_-]+):(\\$LATEST(?:\\.PUBLISHED)?|[0-9]+)/durable-execution/([a-zA-Z0-9_-]+)/([a-zA-Z0-9_-]+)",
    "\\A(?:arn:([a-zA-Z0-9-]+):lambda:([a-zA-Z0-9-]+):([0-9]{12}):function:([a-zA-Z0-9_-]+):(\\$LATEST(?:\\.PUBLISHED)?|[0-9]+)/durable-execution/([a-zA-Z0-9_-]+)/([a-zA-Z0-9_-]+))\\z",
    None,
);

pub(crate) static DURABLE_EXECUTION_NAME: Pattern = Pattern::new(
    "[a-zA-Z0-9-_]+",
    "\\A(?:[a-zA-Z0-9-_]+)\\z",
    None,
);

pub(crate) static ENDPOINT: Pattern = Pattern::new(
    "(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\\-]*[a-zA-Z0-9])\\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\\-]*[A-Za-z0-9]):[0-9]{1,5}",
    "\\A(?:(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\\-]*[a-zA-Z0-9])\\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\\-]*[A-Za-z0-9]):[0-9]{1,5})\\z",
    None,
);

pub(crate) static ENVIRONMENT_VARIABLE_NAME: Pattern = Pattern::new(
    "[a-zA-Z]([a-zA-Z0-9_])+",
    "\\A(?:[a-zA-Z]([a-zA-Z0-9_])+)\\z",
    None,
);

pub(crate) static EVENT_SOURCE_TOKEN: Pattern = Pattern::new(
    "[a-zA-Z0-9._\\-]+",
    "\\A(?:[a-zA-Z0-9._\\-]+)\\z",
    None,
);

pub(crate) static FILE_SYSTEM_ARN: Pattern = Pattern::new(
    "arn:aws[a-zA-Z-]*:elasticfilesystem:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:access-point/fsap-[a-f0-9]{17}$|^arn:aws[-a-z]*:s3files:[0-9a-z-:]+:file-system/fs-[0-9a-f]{17,40}/access-point/fsap-[0-9a-f]{17,40}",
    "\\A(?:arn:aws[a-zA-Z-]*:elasticfilesystem:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:[0-9]{12}:access-point/fsap-[a-f0-9]{17}$|^arn:aws[-a-z]*:s3files:[0-9a-z-:]+:file-system/fs-[0-9a-f]{17,40}/access-point/fsap-[0-9a-f]{17,40})\\z",
    None,
);

pub(crate) static FUNCTION_NAME: Pattern = Pattern::new(
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?",
    "\\A(?:(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:)?([0-9]{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?)\\z",
    None,
);

pub(crate) static FUNCTION_RUNTIME_ARN: Pattern = Pattern::new(
    "arn:[a-z-]+:lambda:[a-z0-9-]+:\\d{12}:runtime/.+",
    "\\A(?:arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:runtime/[^\\n\\r\\u{85}\\u{2028}\\u{2029}]+)\\z",
    None,
);

pub(crate) static FUNCTION_URL_FUNCTION_NAME: Pattern = Pattern::new(
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]{1,64})(:((?!\\d+$)[0-9a-zA-Z-_]+))?",
    "\\A(?:(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:)?([0-9]{12}:)?(function:)?([a-zA-Z0-9-_]{1,64})(:([0-9a-zA-Z-_]*[a-zA-Z-_][0-9a-zA-Z-_]*))?)\\z",
    None,
);

pub(crate) static FUNCTION_URL_QUALIFIER: Pattern = Pattern::new(
    "((?!^\\d+$)^[0-9a-zA-Z-_]+$)",
    "\\A(?:[0-9a-zA-Z-_]*[a-zA-Z-_][0-9a-zA-Z-_]*)\\z",
    None,
);

pub(crate) static HANDLER: Pattern = Pattern::new(
    "[^\\s]+",
    "\\A(?:[^ \\t\\n\\x0B\\f\\r]+)\\z",
    None,
);

pub(crate) static HEADER: Pattern = Pattern::new(
    ".*",
    "\\A(?:[^\\n\\r\\u{85}\\u{2028}\\u{2029}]*)\\z",
    None,
);

pub(crate) static INSTANCE_TYPE: Pattern = Pattern::new(
    "[a-zA-Z0-9\\.\\*\\-]+",
    "\\A(?:[a-zA-Z0-9\\.\\*\\-]+)\\z",
    None,
);

pub(crate) static KMS_KEY_ARN: Pattern = Pattern::new(
    "(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()",
    "\\A(?:(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:[^\\n\\r\\u{85}\\u{2028}\\u{2029}]*)|())\\z",
    None,
);

pub(crate) static KMS_KEY_ARN_NON_EMPTY: Pattern = Pattern::new(
    "arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*",
    "\\A(?:arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:[^\\n\\r\\u{85}\\u{2028}\\u{2029}]*)\\z",
    None,
);

pub(crate) static LAYER_NAME_OR_ARN: Pattern = Pattern::new(
    "(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]{1,140}|[a-zA-Z0-9-_]{1,140})",
    "\\A(?:(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:[0-9]{12}:layer:[a-zA-Z0-9-_]{1,140}|[a-zA-Z0-9-_]{1,140}))\\z",
    None,
);

pub(crate) static LAYER_PERMISSION_ALLOWED_ACTION: Pattern = Pattern::new(
    "lambda:GetLayerVersion",
    "\\A(?:lambda:GetLayerVersion)\\z",
    None,
);

pub(crate) static LAYER_PERMISSION_ALLOWED_PRINCIPAL: Pattern = Pattern::new(
    "\\d{12}|\\*|arn:(aws[a-zA-Z-]*):iam::\\d{12}:root",
    "\\A(?:[0-9]{12}|\\*|arn:(aws[a-zA-Z-]*):iam::[0-9]{12}:root)\\z",
    None,
);

pub(crate) static LAYER_VERSION_ARN: Pattern = Pattern::new(
    "((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+))",
    "\\A(?:((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:[0-9]{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)))\\z",
    None,
);

pub(crate) static LICENSE_INFO: Pattern = Pattern::new(
    ".*",
    "\\A(?:[^\\n\\r\\u{85}\\u{2028}\\u{2029}]*)\\z",
    None,
);

pub(crate) static LOCAL_MOUNT_PATH: Pattern = Pattern::new(
    "/mnt/[a-zA-Z0-9-_.]+",
    "\\A(?:/mnt/[a-zA-Z0-9-_.]+)\\z",
    None,
);

pub(crate) static LOG_GROUP: Pattern = Pattern::new(
    "[\\.\\-_/#A-Za-z0-9]+",
    "\\A(?:[\\.\\-_/#A-Za-z0-9]+)\\z",
    None,
);

pub(crate) static MASTER_REGION: Pattern = Pattern::new(
    "ALL|(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}",
    "\\A(?:ALL|(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1})\\z",
    None,
);

pub(crate) static METHOD: Pattern = Pattern::new(
    ".*",
    "\\A(?:[^\\n\\r\\u{85}\\u{2028}\\u{2029}]*)\\z",
    None,
);

pub(crate) static NAMESPACED_FUNCTION_NAME: Pattern = Pattern::new(
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?",
    "\\A(?:(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:)?([0-9]{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?)\\z",
    None,
);

pub(crate) static NAMESPACED_STATEMENT_ID: Pattern = Pattern::new(
    "([a-zA-Z0-9-_.]+)",
    "\\A(?:([a-zA-Z0-9-_.]+))\\z",
    None,
);

pub(crate) static NUMERIC_LATEST_PUBLISHED_OR_ALIAS_QUALIFIER: Pattern = Pattern::new(
    "\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
    "\\A(?:\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+)\\z",
    None,
);

pub(crate) static OPERATION_ID: Pattern = Pattern::new(
    "[a-zA-Z0-9-_]+",
    "\\A(?:[a-zA-Z0-9-_]+)\\z",
    None,
);

pub(crate) static OPERATION_NAME: Pattern = Pattern::new(
    "[\\x20-\\x7E]+",
    "\\A(?:[\\x20-\\x7E]+)\\z",
    None,
);

pub(crate) static OPERATION_SUB_TYPE: Pattern = Pattern::new(
    "[a-zA-Z0-9-_]+",
    "\\A(?:[a-zA-Z0-9-_]+)\\z",
    None,
);

pub(crate) static ORGANIZATION_ID: Pattern = Pattern::new(
    "o-[a-z0-9]{10,32}",
    "\\A(?:o-[a-z0-9]{10,32})\\z",
    None,
);

pub(crate) static ORIGIN: Pattern = Pattern::new(
    ".*",
    "\\A(?:[^\\n\\r\\u{85}\\u{2028}\\u{2029}]*)\\z",
    None,
);

pub(crate) static PATTERN: Pattern = Pattern::new(
    "[\\s\\S]*",
    "\\A(?:(?s:.)*)\\z",
    None,
);

pub(crate) static POLICY_RESOURCE_ARN: Pattern = Pattern::new(
    "arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_])+)?|runtime/[a-zA-Z0-9-_./]+)",
    "\\A(?:arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:[0-9]{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_])+)?|runtime/[a-zA-Z0-9-_./]+))\\z",
    None,
);

pub(crate) static PRINCIPAL: Pattern = Pattern::new(
    "[^\\s]+",
    "\\A(?:[^ \\t\\n\\x0B\\f\\r]+)\\z",
    None,
);

pub(crate) static PRINCIPAL_ORG_ID: Pattern = Pattern::new(
    "o-[a-z0-9]{10,32}",
    "\\A(?:o-[a-z0-9]{10,32})\\z",
    None,
);

pub(crate) static PROVISIONED_POLLER_GROUP_NAME: Pattern = Pattern::new(
    "[a-zA-Z0-9-_]*",
    "\\A(?:[a-zA-Z0-9-_]*)\\z",
    None,
);

pub(crate) static PUBLISHED_FUNCTION_QUALIFIER: Pattern = Pattern::new(
    "(\\$LATEST\\.PUBLISHED|[0-9]+)",
    "\\A(?:(\\$LATEST\\.PUBLISHED|[0-9]+))\\z",
    None,
);

pub(crate) static QUALIFIER: Pattern = Pattern::new(
    "(|[a-zA-Z0-9$_-]+)",
    "\\A(?:(|[a-zA-Z0-9$_-]+))\\z",
    None,
);

pub(crate) static QUEUE: Pattern = Pattern::new("[\\s\\S]*", "\\A(?:(?s:.)*)\\z", None);

pub(crate) static RESOURCE_ARN: Pattern = Pattern::new(
    "(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()",
    "\\A(?:(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:[^\\n\\r\\u{85}\\u{2028}\\u{2029}]*)|())\\z",
    None,
);

pub(crate) static RESOURCE_POLICY: Pattern = Pattern::new(
    "[\\s\\S]+",
    "\\A(?:(?s:.)+)\\z",
    None,
);

pub(crate) static REVISION_ID: Pattern = Pattern::new(
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "\\A(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\\z",
    None,
);

pub(crate) static ROLE_ARN: Pattern = Pattern::new(
    "arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
    "\\A(?:arn:(aws[a-zA-Z-]*)?:iam::[0-9]{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+)\\z",
    None,
);

pub(crate) static RUNTIME_VERSION_ARN: Pattern = Pattern::new(
    "((arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}::runtime:.+)|(arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:runtime/[A-Za-z0-9_.-]{1,128}/version/[A-Za-z0-9_.-]{1,128}))",
    "\\A(?:((arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}::runtime:[^\\n\\r\\u{85}\\u{2028}\\u{2029}]+)|(arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:[0-9]{12}:runtime/[A-Za-z0-9_.-]{1,128}/version/[A-Za-z0-9_.-]{1,128})))\\z",
    None,
);

pub(crate) static S3_BUCKET: Pattern = Pattern::new(
    "[0-9A-Za-z\\.\\-_]*(?<!\\.)",
    "\\A(?:([0-9A-Za-z.\\-_]*[0-9A-Za-z\\-_])?)\\z",
    None,
);

pub(crate) static S3_KEY: Pattern = Pattern::new(
    ".*",
    "\\A(?:[^\\n\\r\\u{85}\\u{2028}\\u{2029}]*)\\z",
    None,
);

pub(crate) static S3_OBJECT_VERSION: Pattern = Pattern::new(
    ".*",
    "\\A(?:[^\\n\\r\\u{85}\\u{2028}\\u{2029}]*)\\z",
    None,
);

pub(crate) static SCHEMA_REGISTRY_URI: Pattern = Pattern::new(
    "[a-zA-Z0-9-\\/*:_+=.@-]*",
    "\\A(?:[a-zA-Z0-9-\\/*:_+=.@-]*)\\z",
    None,
);

pub(crate) static SECURITY_GROUP_ID: Pattern = Pattern::new(
    "sg-[0-9a-zA-Z]*",
    "\\A(?:sg-[0-9a-zA-Z]*)\\z",
    None,
);

pub(crate) static SOURCE_OWNER: Pattern = Pattern::new(
    "\\d{12}",
    "\\A(?:[0-9]{12})\\z",
    None,
);

pub(crate) static STATEMENT_ID: Pattern = Pattern::new(
    "([a-zA-Z0-9-_]+)",
    "\\A(?:([a-zA-Z0-9-_]+))\\z",
    None,
);

pub(crate) static SUBNET_ID: Pattern = Pattern::new(
    "subnet-[0-9a-z]*",
    "\\A(?:subnet-[0-9a-z]*)\\z",
    None,
);

pub(crate) static TAG_KEY: Pattern = Pattern::new(
    "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)",
    "\\A(?:([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*))\\z",
    None,
);

pub(crate) static TAG_VALUE: Pattern = Pattern::new(
    "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)",
    "\\A(?:([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*))\\z",
    None,
);

pub(crate) static TAGGABLE_RESOURCE: Pattern = Pattern::new(
    "arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|(capacity-provider|network-connector):[a-zA-Z0-9-_]{1,64})",
    "\\A(?:arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:[0-9]{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|(capacity-provider|network-connector):[a-zA-Z0-9-_]{1,64}))\\z",
    None,
);

pub(crate) static TENANT_ID: Pattern = Pattern::new(
    "[a-zA-Z0-9\\._:\\/=+\\-@ ]+",
    "\\A(?:[a-zA-Z0-9\\._:\\/=+\\-@ ]+)\\z",
    None,
);

pub(crate) static TOPIC: Pattern = Pattern::new(
    "[^.]([a-zA-Z0-9\\-_.]+)",
    "\\A(?:[^.]([a-zA-Z0-9\\-_.]+))\\z",
    None,
);

pub(crate) static URI: Pattern = Pattern::new(
    "[ a-zA-Z0-9-\\/*:_+=.@-]*",
    "\\A(?:[ a-zA-Z0-9-\\/*:_+=.@-]*)\\z",
    None,
);

pub(crate) static UNQUALIFIED_FUNCTION_NAME: Pattern = Pattern::new(
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)",
    "\\A(?:(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:)?([0-9]{12}:)?(function:)?([a-zA-Z0-9-_]+))\\z",
    None,
);

pub(crate) static VERSION_WITH_LATEST_PUBLISHED: Pattern = Pattern::new(
    "(\\$LATEST(\\.PUBLISHED)?|[0-9]+)",
    "\\A(?:(\\$LATEST(\\.PUBLISHED)?|[0-9]+))\\z",
    None,
);
