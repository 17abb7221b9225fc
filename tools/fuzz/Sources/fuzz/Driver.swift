import CFuzzer
import Glibc

/// The target that this process fuzzes, set once before the driver starts.
private struct Chosen: Sendable {
    static let decoder: Decoder? = {
        let flag = "--decoder="
        let name = CommandLine.arguments.first { $0.hasPrefix(flag) }?.dropFirst(flag.count)
        return Decoder.all.first { $0.name == name ?? "" }
    }()
}

/// The program's entry.
///
/// SwiftPM renames an executable's `main` to this, so that libFuzzer's own would find no target.
@_cdecl("fuzz_main")
func main(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> Int32 {
    guard Chosen.decoder != nil else {
        for decoder in Decoder.all { print(decoder.name) }
        return CommandLine.arguments.contains("--list") ? 0 : 64
    }
    var count = count
    var arguments = arguments
    return LLVMFuzzerRunDriver(&count, &arguments) { data, size in
        let input = Array(UnsafeBufferPointer(start: data, count: size))
        do {
            _ = try Chosen.decoder?.check(input)
        } catch {
            // The driver keeps the input of a process that aborts.
            let words = Array("property broken: \(error)\n".utf8)
            _ = write(STDERR_FILENO, words, words.count)
            abort()
        }
        return 0
    }
}
