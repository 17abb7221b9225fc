import CommandFrame
import OfflineClient
import SyncProtocol

/// What a command wrote, told to the operator: what changed, that it waits for a sync, and the next useful command.
struct Outcome {
    let ticket: String
    let id: RecordID
    /// A name for programs, such as `created` or `closed`.
    let action: String
    let message: Words
    /// The next useful command, without `sambung`.
    var next: [Words] = []
    var warnings: [Words] = []
    /// More members for programs.
    var members: [(String, JSON)] = []

    func show(in workplace: Workplace) throws {
        let console = workplace.console
        let pending = try workplace.client.status().pending
        if console.isJSON {
            let state = try workplace.client.query { try PendingRecords($0) }.state(of: id)
            console.print(
                .object(
                    [
                        ("action", .string(action)), ("ticket", .string(ticket)), ("id", .string(id.description)),
                        ("sync", .string(state.rawValue)), ("pending", .number(pending)),
                    ] + members
                        + [("warnings", .array(warnings.map { .string($0.text(in: console.speech)) }))]))
            return
        }
        console.print(VisibleText.line(message.text(in: console.speech)))
        for warning in warnings {
            console.note(say(id: "Perhatian: ", en: "Note: ") + VisibleText.line(warning.text(in: console.speech)))
        }
        console.note(
            say(
                id: pending == 0 ? "Semua sudah terkirim." : "Belum terkirim: \(pending) perubahan di perangkat ini.",
                en: pending == 0 ? "Everything is sent." : "Not sent yet: \(pending) change(s) on this device."))
        for command in next.map({ $0.text(in: console.speech) }) {
            console.note("→ sambung \(command)")
        }
    }
}
