import ArgumentParser
import Glibc

/// Runs a program: parses its arguments, runs the command, prints errors in the person's language, and ends.
///
/// - Parameters:
///   - root: the outermost command.
///   - explaining: says what an error means that is no ``CommandError``; nil for one that it does not know either.
public func run(
    _ root: any ParsableCommand.Type, explaining: (any Error) -> CommandError? = { _ in nil }
) async -> Never {
    let arguments = Array(CommandLine.arguments.dropFirst())
    exit(await perform(root, arguments, on: .process, explaining: explaining).rawValue)
}

/// Does the same on any console, and returns how it ends.
public func perform(
    _ root: any ParsableCommand.Type, _ arguments: [String], on console: Console,
    explaining: (any Error) -> CommandError? = { _ in nil }
) async -> ExitStatus {
    var console = console
    OutputOptions.apply(arguments, to: &console)
    return await Console.$current.withValue(console) {
        let status: ExitStatus
        do {
            status = try await attempt(root, arguments, on: console)
        } catch {
            status = report(error, on: console, explaining)
        }
        if console.output.error != 0 {
            let reason = String(cString: strerror(console.output.error))
            let error = CommandError(
                .inputOutput, "output", id: "Keluaran tidak dapat ditulis: \(reason).",
                en: "The output can't be written: \(reason).",
                advice: Words(
                    id: "Yang sudah dicatat tetap tersimpan; periksa tujuan keluarannya.",
                    en: "What was recorded is kept; check where the output goes."))
            return report(error, on: console, explaining)
        }
        return status
    }
}

private func attempt(
    _ root: any ParsableCommand.Type, _ arguments: [String], on console: Console
) async throws -> ExitStatus {
    let failure = ParseFailure(root: root, arguments: arguments, console: console)
    if let word = arguments.first, ["help", "bantuan"].contains(word) {
        console.print(try failure.help(for: arguments.dropFirst().filter { !$0.hasPrefix("-") }))
        return .done
    }
    let command: any ParsableCommand
    do {
        command = try root.parseAsRoot(arguments)
    } catch {
        return try answer(error, failure, console)
    }
    do {
        if var command = command as? any AsyncParsableCommand {
            try await command.run()
        } else {
            var command = command
            try command.run()
        }
    } catch  where String(reflecting: type(of: error)).hasPrefix("ArgumentParser.") {
        // Help and versions are asked for by commands of the library itself.
        return try answer(error, failure, console)
    }
    return .done
}

private func answer(_ error: any Error, _ failure: ParseFailure, _ console: Console) throws -> ExitStatus {
    switch try failure.answer(to: error) {
    case .text(let text):
        console.print(text)
        return .done
    case .error(let error): throw error
    }
}

private func report(
    _ error: any Error, on console: Console, _ explaining: (any Error) -> CommandError?
) -> ExitStatus {
    if let status = error as? ExitStatus { return status }
    let shown =
        error as? CommandError ?? explaining(error)
        ?? CommandError(
            .bug, "unexpected", id: "Kesalahan yang tidak diduga: \(error)", en: "An unexpected error: \(error)",
            advice: Words(
                id: "Yang sudah dicatat tetap tersimpan. Laporkan pesan ini kepada pengelola.",
                en: "What was recorded is kept. Please report this message to your administrator."))
    console.note(shown.shown(on: console))
    return shown.status
}
