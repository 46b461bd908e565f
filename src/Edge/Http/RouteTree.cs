namespace Bailiwick.Edge.Http;

/// <summary>
/// Finds the route of a path. The path is taken as it came over the wire and cut at its slashes before anything is unescaped, so that
/// an escaped slash stays within its part; empty segments, as doubled and trailing slashes make them, do not count.
/// </summary>
internal sealed class RouteTree
{
    private readonly Node _root = new();

    public RouteTree(IEnumerable<Route> routes)
    {
        foreach (var route in routes) Add(route);
    }

    /// <summary>The resource that a path names, or null; the values of its parts go to <paramref name="parts"/> in their order.</summary>
    public Resource? Find(ReadOnlySpan<char> path, List<string> parts)
    {
        var node = _root;
        foreach (var range in path.Split('/'))
        {
            var segment = path[range];
            if (segment.IsEmpty) continue;
            if (node.Literals.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(segment, out var next)) node = next;
            else if (node.Part is null) return null;
            else
            {
                parts.Add(Unescape(segment));
                node = node.Part;
            }
        }
        return node.Resource;
    }

    /// <summary>Whether any route begins as this path does.</summary>
    public bool Begins(ReadOnlySpan<char> path)
    {
        path = path.TrimStart('/');
        var slash = path.IndexOf('/');
        return _root.Literals.GetAlternateLookup<ReadOnlySpan<char>>().ContainsKey(slash < 0 ? path : path[..slash]);
    }

    private void Add(Route route)
    {
        var node = _root;
        foreach (var segment in route.Segments)
        {
            if (Route.IsPart(segment)) node = node.Part ??= new Node();
            else
            {
                if (!node.Literals.TryGetValue(segment, out var next)) node.Literals[segment] = next = new Node();
                node = next;
            }
        }
        node.Resource ??= new Resource();
        node.Resource.Add(route);
    }

    private static string Unescape(ReadOnlySpan<char> segment) =>
        segment.Contains('%') ? Uri.UnescapeDataString(segment) : segment.ToString();

    /// <summary>What a path names: one route for each method.</summary>
    internal sealed class Resource
    {
        private readonly Dictionary<string, Route> _byMethod = new(StringComparer.Ordinal);

        /// <summary>The value of the Allow header.</summary>
        public string Allow => string.Join(", ", _byMethod.Keys.Order(StringComparer.Ordinal));

        public Route? For(string method) => _byMethod.GetValueOrDefault(method);

        public void Add(Route route) => _byMethod.Add(route.Method, route);
    }

    private sealed class Node
    {
        public Dictionary<string, Node> Literals { get; } = new(StringComparer.Ordinal);

        public Node? Part { get; set; }

        public Resource? Resource { get; set; }
    }
}
