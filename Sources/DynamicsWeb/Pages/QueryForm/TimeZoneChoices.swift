import DynamicsModel
import Synchronization

/// The options of the timezone field: made once, and again when the system's zones are updated.
final class TimeZoneChoices: Sendable {
    private let zones: TimeZoneDirectory
    private let made = Mutex<(version: String, html: String)?>(nil)

    init(_ zones: TimeZoneDirectory) { self.zones = zones }

    /// `<option>` elements. Names of zones have only characters that need no escaping (`TimeZoneDirectory`).
    /// - Throws: `DynamicsError` (`.unavailable`) when the system has no zones.
    func options() throws -> String {
        let version = zones.version
        if let made = made.withLock({ $0 }), made.version == version { return made.html }
        let html = try zones.names().map { "<option value=\"\($0)\">" }.joined()
        made.withLock { $0 = (version, html) }
        return html
    }
}
