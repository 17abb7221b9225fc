/// Why a command did not do what it was asked: what happened, what to do next, and how the program ends.
public struct CommandError: Error, Sendable, CustomStringConvertible {
    /// How the program ends.
    public var status: ExitStatus
    /// A name that never changes, for programs that read the error: `no-such-case`.
    public var kind: String
    /// What happened, and that the work is safe where one might doubt it.
    public var message: Words
    /// What to do next.
    public var advice: Words?
    /// More for programs, for instance the candidates of an ambiguous name.
    public var details: JSON?

    /// Makes an error.
    public init(
        _ status: ExitStatus, _ kind: String, id: String, en: String, advice: Words? = nil, details: JSON? = nil
    ) {
        self.status = status
        self.kind = kind
        message = Words(id: id, en: en)
        self.advice = advice
        self.details = details
    }

    /// A command line that can't be carried out as it is.
    public static func usage(_ kind: String = "usage", id: String, en: String, advice: Words? = nil) -> CommandError {
        CommandError(.usage, kind, id: id, en: en, advice: advice)
    }

    /// The English message, for logs and tests.
    public var description: String { message.en }

    /// As it is written to the standard error of a console, without the last line end.
    public func shown(on console: Console) -> String {
        console.isJSON ? json(in: console.speech).text : text(in: console.speech)
    }

    /// As it is shown to a person.
    func text(in speech: Speech) -> String {
        let label = Words(id: "Galat", en: "Error").text(in: speech)
        let advice = advice.map { "\n" + $0.text(in: speech) } ?? ""
        return VisibleText.lines("\(label): \(message.text(in: speech))\(advice)")
    }

    /// As it is shown to a program.
    func json(in speech: Speech) -> JSON {
        var members: [(String, JSON)] = [
            ("kind", .string(kind)), ("exit", .integer(Int64(status.rawValue))),
            ("message", .string(message.text(in: speech))),
        ]
        if let advice { members.append(("advice", .string(advice.text(in: speech)))) }
        if let details { members.append(("details", details)) }
        return ["error": .object(members)]
    }
}
