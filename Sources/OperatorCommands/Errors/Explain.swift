import CallCenter
import CommandFrame
import OfflineClient
import SQLite
import SyncProtocol
import SyncStore

/// Says in both languages what an error of the layers below means to an operator: what happened, that the work is safe,
/// and what to do next.
///
/// Nil for an error of another kind.
func explain(_ error: any Error) -> CommandError? {
    switch error {
    case let error as CommandError: error
    case let error as any ExplainedError:
        CommandError(
            .usage, "not-accepted", id: error.explanation(in: .indonesian), en: error.explanation(in: .english))
    case let error as ClientError: commandError(error)
    case let error as TransportError: commandError(error)
    case let error as Failure: commandError(error)
    case let error as ProtocolError:
        CommandError(
            .protocolMismatch, "protocol", id: "Jawaban server tidak dapat dibaca (\(error)).",
            en: "The server's answer can't be read (\(error)).", advice: safe(updateProgram))
    case let error as DatabaseError: commandError(error)
    case let error as StoreError: commandError(error)
    case let error as SQLiteError: commandError(error)
    default: nil
    }
}

/// The sentence that matters most to an operator, with what to do next behind it.
func safe(_ next: Words) -> Words {
    Words(
        id: "Pekerjaan Anda tetap tersimpan di perangkat ini. \(next.id)",
        en: "Your work is safe on this device. \(next.en)")
}

let updateProgram = Words(
    id: "Perbarui program ini, atau beri tahu pusat.", en: "Update this program, or tell the centre.")
let tellCentre = Words(id: "Beri tahu pusat.", en: "Tell the centre.")
