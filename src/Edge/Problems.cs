using System.Collections.Frozen;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge;

/// <summary>A failure in the interface's form.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Error">Resource family and name, as in <c>inventory/Not Found</c>.</param>
/// <param name="Message">What the client is told.</param>
/// <param name="RetryAfterSeconds">When it is worth trying again, where that helps.</param>
/// <param name="DenialId">By which a denial can be looked up.</param>
internal readonly record struct Problem(int Status, string Error, string Message, int? RetryAfterSeconds = null, long? DenialId = null);

/// <summary>The one place that turns refusals into what the interface says: REST errors and SmartREST error codes.</summary>
internal static class Problems
{
    /// <summary>Where every REST error points.</summary>
    public const string Info = "https://www.cumulocity.com/guides/reference-guide/#error_reporting";

    public const string NoCredentials = "Full authentication is required to access this resource";

    public static readonly Problem Unexpected = new(500, "general/internalError", "Internal server error");

    /// <summary>By kind: the status, and the name that most families give it.</summary>
    private static readonly FrozenDictionary<RefusalKind, (int Status, string Name)> ByKind = new Dictionary<RefusalKind, (int, string)>
    {
        [RefusalKind.Unauthenticated] = (401, "Unauthorized"),
        [RefusalKind.Denied] = (403, "Forbidden"),
        [RefusalKind.NotFound] = (404, "Not Found"),
        [RefusalKind.Conflict] = (409, "Duplicate"),
        [RefusalKind.Invalid] = (422, "Unprocessable Entity"),
        [RefusalKind.Malformed] = (400, "Bad Request"),
        [RefusalKind.TooLarge] = (413, "Payload Too Large"),
        [RefusalKind.Busy] = (429, "Too Many Requests"),
        [RefusalKind.Unavailable] = (503, "Service Unavailable"),
    }.ToFrozenDictionary();

    /// <summary>The families that have names of their own.</summary>
    private static readonly FrozenDictionary<(RefusalKind, string), string> NameOf = new Dictionary<(RefusalKind, string), string>
    {
        [(RefusalKind.Invalid, "undefined")] = "validationError",
        [(RefusalKind.Invalid, "inventory")] = "Invalid Data",
        [(RefusalKind.Invalid, "tenants")] = "Invalid Data",
        [(RefusalKind.Conflict, "inventory")] = "conflict",
    }.ToFrozenDictionary();

    public static Problem Of(Refusal refusal)
    {
        var (status, name) = ByKind[refusal.Kind];
        name = NameOf.GetValueOrDefault((refusal.Kind, refusal.Subject), name);
        var error = refusal.Subject.Length == 0 ? name : $"{refusal.Subject}/{name}";
        return new Problem(status, error, refusal.Message, refusal.Kind is RefusalKind.Busy or RefusalKind.Unavailable ? Limits.RetryAfterSeconds : null, refusal.DenialId);
    }

    public static Problem NotAllowed(string method) => new(405, "general/internalError", $"HTTP 405 Method Not Allowed: {method}");

    /// <summary>The web server refused a body: too large, too slow, or not framed as HTTP.</summary>
    public static Problem UnreadableBody(int status, string subject = "general") => Of(status == 413
        ? new Refusal(RefusalKind.TooLarge, subject, "The body of the request is too large.")
        : new Refusal(RefusalKind.Malformed, subject, "The body of the request cannot be read.")) with { Status = status };

    public static Problem NoSuchResource() => new(404, "general/Not Found", "There is no such resource.");

    public static Problem UnsupportedMediaType(string given) =>
        new(415, "general/Unsupported Media Type", $"The body must be application/json or one of the interface's media types, in UTF-8, and not '{Said.Short(given)}'.");

    public static Problem TooManyRequests(int retryAfterSeconds) =>
        Of(new Refusal(RefusalKind.Busy, "general", "More requests than the limit. Try again later.")) with { RetryAfterSeconds = retryAfterSeconds };

    public static Problem NoSubProtocol(string offered) => new(400, "general/Bad Request", $"The WebSocket must ask for the subprotocol {offered}.");

    /// <summary>The code that a SmartREST error line begins with.</summary>
    /// <param name="kind">Why the row was refused.</param>
    /// <param name="creates">Whether the row was to make something that is there already.</param>
    public static int SmartRestCode(RefusalKind kind, bool creates) => kind switch
    {
        RefusalKind.Conflict when creates => 41,
        RefusalKind.Malformed => 42,
        RefusalKind.Invalid or RefusalKind.TooLarge => 45,
        _ => 50,
    };
}

/// <summary>What a client sent, fit to be shown to it again.</summary>
internal static class Said
{
    /// <summary>Cut to <see cref="Limits.EchoedValueCharsMax"/> and without control characters.</summary>
    public static string Short(string text)
    {
        var isCut = text.Length > Limits.EchoedValueCharsMax;
        var shown = (isCut ? text[..Limits.EchoedValueCharsMax] : text).ToCharArray();
        for (var i = 0; i < shown.Length; i++)
            if (char.IsControl(shown[i]) || char.IsSurrogate(shown[i])) shown[i] = ' ';
        return new string(shown) + (isCut ? "..." : "");
    }
}
