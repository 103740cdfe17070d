//! From the model's names to Rust's.

use proc_macro2::{Ident, Span};

/// `KMSKeyArn` to `kms_key_arn`, `CodeSha256` to `code_sha256`.
pub(super) fn snake(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (index, character) in characters.iter().enumerate() {
        let starts_word = character.is_uppercase() && index > 0 && {
            let before = characters.get(index - 1);
            let after = characters.get(index + 1);
            // A new word after a small letter or a digit, and at the last capital of a run (`KMS|Key`).
            before.is_some_and(|before| !before.is_uppercase())
                || after.is_some_and(|after| after.is_lowercase())
        };
        if starts_word {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
    }
    snake
}

/// `KMSKeyArn` to `KMS_KEY_ARN`, for a static.
pub(super) fn screaming(name: &str) -> Ident {
    ident(&snake(name).to_uppercase())
}

pub(super) fn ident(name: &str) -> Ident {
    if name == "type" {
        return Ident::new_raw(name, Span::call_site());
    }
    Ident::new(name, Span::call_site())
}

#[cfg(test)]
mod tests {
    use super::snake;

    #[test]
    fn names_split_where_a_reader_would() {
        for (name, expected) in [
            ("KMSKeyArn", "kms_key_arn"),
            ("CodeSha256", "code_sha256"),
            ("S3ObjectVersion", "s3_object_version"),
            ("UUID", "uuid"),
            ("EC2UnexpectedException", "ec2_unexpected_exception"),
            ("Ipv6AllowedForDualStack", "ipv6_allowed_for_dual_stack"),
            ("SourceKMSKeyArn", "source_kms_key_arn"),
        ] {
            assert_eq!(snake(name), expected);
        }
    }
}
