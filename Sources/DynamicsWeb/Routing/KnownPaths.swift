import HTTPTypes

/// Which methods there are for a path.
enum KnownPaths {
    private static let routes: [(parts: [Substring], method: HTTPRequest.Method)] = WebServer.routes.map { route in
        (route.path.split(separator: "/"), route.method)
    }

    /// HEAD with each GET; empty: there is nothing at that path.
    static func methods(at path: String) -> Set<HTTPRequest.Method> {
        let parts = path.split(separator: "/")
        var methods: Set<HTTPRequest.Method> = []
        for route in routes where route.parts.count == parts.count {
            let fits = zip(route.parts, parts).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
            if fits { methods.insert(route.method) }
        }
        if methods.contains(.get) { methods.insert(.head) }
        return methods
    }
}
