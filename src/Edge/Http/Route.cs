using System.Reflection;
using Bailiwick.Edge.Http.Description;
using Bailiwick.Grains.Abstractions.Access;

namespace Bailiwick.Edge.Http;

/// <summary>Answers one kind of request by asking a grain.</summary>
internal delegate Task Endpoint(Exchange exchange);

/// <summary>One line of the table of <see cref="Routes"/>.</summary>
/// <param name="Method">GET, POST, PUT or DELETE: the interface has no others.</param>
/// <param name="Template">Segments between slashes; those in braces are parts that the endpoint reads by name.</param>
/// <param name="Endpoint">What answers.</param>
/// <param name="Asks">The grain methods that it may call. What a caller needs stands there, on the methods, and nowhere else.</param>
internal sealed record Route(string Method, string Template, Endpoint Endpoint, IReadOnlyList<MethodInfo> Asks)
{
    /// <summary>
    /// Whether the request names in its body, and not in its path, the object that it is about: when there is no such object the
    /// body is wrong (422), while the resource of the path is there.
    /// </summary>
    public bool NamesTargetInBody { get; init; }

    /// <summary>Whether it is answered without asking who sent the request: it is asked before anybody can say.</summary>
    public bool IsOpen { get; init; }

    public IReadOnlyList<string> Segments { get; } = Template.Split('/', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What a client needs to know of it.</summary>
    public RouteDescription Description { get; } = RouteDescriptions.Of(Method, Template);

    /// <summary>What any of the grain methods asks for.</summary>
    public IEnumerable<Permission> Needs =>
        Asks.SelectMany(method => method.GetCustomAttribute<RequiresAttribute>()?.AnyOf ?? []).Distinct();

    /// <summary>The word before the slash in the <c>error</c> of a request that is refused before any grain is asked.</summary>
    public string Subject => SubjectOf(Segments);

    public static bool IsPart(string segment) => segment[0] == '{';

    private static string SubjectOf(IReadOnlyList<string> segments) => segments[0] switch
    {
        "user" when segments.Contains("inventoryroles") => "inventoryrole",
        "user" => segments.Contains("groups") && segments[2] == "groups" ? "groups" : "users",
        "tenant" => segments.Contains("loginOptions") ? "LoginOptions" : "tenants",
        "platform" => "general",
        var family => family,
    };
}
