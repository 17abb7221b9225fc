import Foundation
import OfflineClient

extension Environment {
    /// The device's own clock and the system's cryptographic random numbers: what a program passes in.
    public static let system = Environment(
        wallMilliseconds: { Int64(Date().timeIntervalSince1970 * 1000) },
        random: { UInt64.random(in: 0...UInt64.max) })
}
