import Foundation

// Started by tools/bench, which knows what each word means; prints one line of JSON.
let words = Array(CommandLine.arguments.dropFirst())

func number(_ index: Int) throws -> Int {
    guard words.indices.contains(index), let number = Int(words[index]) else {
        throw DriverError("argument \(index) of \(words.first ?? "nothing") is a number")
    }
    return number
}

/// `all`, or the number of an office.
func office(_ index: Int) throws -> Int? { words[index] == "all" ? nil : try number(index) }

do {
    let outcome: Outcome
    switch (words.first, words.count) {
    case ("make", 4): outcome = try make(words[1], rows: words[2], office: office(3))
    case ("edit", 4): outcome = try edit(words[1], rows: words[2], office: office(3))
    case ("push", 3): outcome = try await push(words[1], to: words[2])
    case ("sync", 3): outcome = try await sync(words[1], with: words[2])
    case ("idle", 4): outcome = try await idle(words[1], with: words[2], count: number(3))
    case ("rounds", 6):
        outcome = try await rounds(words[1], words[2], over: words[3], rows: words[4], count: number(5))
    case ("enrol-crowd", 4): outcome = try await enrolCrowd(words[1], to: words[2], codes: words[3])
    case ("crowd", 7):
        outcome = try await crowd(
            words[1], over: words[2], rows: words[3], offices: number(4), edits: number(5), seconds: Double(number(6)))
    default: throw DriverError("tools/bench starts this program; it is not for typing")
    }
    try outcome.print()
} catch {
    FileHandle.standardError.write(Data("bench-driver \(words.joined(separator: " ")): \(error)\n".utf8))
    exit(1)
}
