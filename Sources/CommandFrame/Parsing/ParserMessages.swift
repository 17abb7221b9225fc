/// Says in both languages what ArgumentParser says in English: its messages are recognised by their form.
enum ParserMessages {
    /// One form: English with `{}` for what varies, and how to say it.
    private struct Form {
        let pattern: String
        let words: @Sendable ([String]) -> Words
    }

    /// The message in both languages; one that no form fits stays as it is.
    static func translated(_ message: String) -> Words {
        for form in forms {
            if let values = match(message, form.pattern) { return form.words(values) }
        }
        return Words(id: message, en: message)
    }

    /// What varies in a message of a form, or nil where it is of another form.
    static func match(_ message: String, _ pattern: String) -> [String]? {
        let literals = pattern.split(separator: "{}", omittingEmptySubsequences: false)
        guard message.hasPrefix(literals[0]) else { return nil }
        var rest = message.dropFirst(literals[0].count)
        var values: [String] = []
        for (index, literal) in literals.enumerated().dropFirst() {
            // The last part must end the message; all others are looked for from the left.
            if index == literals.count - 1 {
                guard rest.hasSuffix(literal) else { return nil }
                values.append(String(rest.dropLast(literal.count)))
                rest = ""
            } else {
                guard let place = rest.firstRange(of: literal) else { return nil }
                values.append(String(rest[..<place.lowerBound]))
                rest = rest[place.upperBound...]
            }
        }
        return rest.isEmpty ? values : nil
    }

    // The longer form of two that begin alike comes first.
    private static let forms: [Form] = [
        Form(pattern: "Unknown option '{}'. Did you mean '{}'?") { values in
            Words(
                id: "Opsi '\(values[0])' tidak dikenal. Maksud Anda '\(values[1])'?",
                en: "There is no option '\(values[0])'. Did you mean '\(values[1])'?")
        },
        Form(pattern: "Unknown option '{}'\n   or: Missing value for '{}' in '{}'") { values in
            Words(
                id: "Opsi '\(values[0])' tidak dikenal, atau '\(values[1])' kurang nilainya.",
                en: "There is no option '\(values[0])', or '\(values[1])' lacks its value.")
        },
        Form(pattern: "Unknown option '{}'") { values in
            Words(id: "Opsi '\(values[0])' tidak dikenal.", en: "There is no option '\(values[0])'.")
        },
        Form(pattern: "Missing value for '{}'") { values in
            Words(id: "'\(values[0])' kurang nilainya.", en: "'\(values[0])' lacks its value.")
        },
        Form(pattern: "The option '{}' does not take any value, but '{}' was specified.") { values in
            Words(
                id: "Opsi '\(values[0])' tidak menerima nilai, tetapi diberi '\(values[1])'.",
                en: "The option '\(values[0])' takes no value, but was given '\(values[1])'.")
        },
        Form(pattern: "Unexpected argument '{}'") { values in
            Words(id: "'\(values[0])' tidak diharapkan di sini.", en: "'\(values[0])' is not expected here.")
        },
        Form(pattern: "{} unexpected arguments: '{}'") { values in
            Words(
                id: "\(values[0]) kata tidak diharapkan di sini: '\(values[1])'.",
                en: "\(values[0]) words are not expected here: '\(values[1])'.")
        },
        Form(pattern: "Value to be set with flag '{}' had already been set with flag '{}'") { values in
            Words(
                id: "'\(values[0])' bertentangan dengan '\(values[1])'.",
                en: "'\(values[0])' contradicts '\(values[1])'.")
        },
        Form(pattern: "Missing expected argument '{}'") { values in
            Words(id: "'\(shortened(values[0]))' belum diberikan.", en: "'\(shortened(values[0]))' is missing.")
        },
        Form(pattern: "Missing one of: '{}'") { values in
            Words(id: "Perlu salah satu dari: '\(values[0])'.", en: "One of these is needed: '\(values[0])'.")
        },
        Form(pattern: "Missing required subcommand.") { _ in
            Words(id: "Perintahnya belum disebut.", en: "The command is missing.")
        },
        Form(pattern: "The value '{}' is invalid for '{}'. Please provide one of {}.") { values in
            let list = values[2].replacing(" and ", with: ", ").replacing(" or ", with: ", ")
            return Words(
                id: "Nilai '\(values[0])' tidak berlaku untuk '\(values[1])'. Pilih salah satu: \(list).",
                en: "The value '\(values[0])' is not valid for '\(values[1])'. Choose one of: \(list).")
        },
        Form(pattern: "The value '{}' is invalid for '{}': {}") { values in
            Words(
                id: "Nilai '\(values[0])' tidak berlaku untuk '\(values[1])': \(values[2])",
                en: "The value '\(values[0])' is not valid for '\(values[1])': \(values[2])")
        },
        Form(pattern: "The value '{}' is invalid for '{}'") { values in
            Words(
                id: "Nilai '\(values[0])' tidak berlaku untuk '\(values[1])'.",
                en: "The value '\(values[0])' is not valid for '\(values[1])'.")
        },
        Form(pattern: "Can't generate completion scripts for '{}'.\n{}") { values in
            Words(
                id: "Tidak ada pelengkapan untuk shell '\(values[0])'; yang ada: bash, zsh, fish.",
                en: "There is no completion for the shell '\(values[0])'; there are: bash, zsh, fish.")
        },
        Form(pattern: "Can't autodetect a supported shell.\n{}") { _ in
            Words(
                id: "Shell tidak dikenal; tulis --generate-completion-script bash, zsh atau fish.",
                en: "The shell is not known; write --generate-completion-script bash, zsh or fish.")
        },
    ]

    /// `<case>` of `<case> ...`.
    private static func shortened(_ synopsis: String) -> String {
        synopsis.hasSuffix(" ...") ? String(synopsis.dropLast(4)) : synopsis
    }
}
