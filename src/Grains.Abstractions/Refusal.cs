using Bailiwick.Grains.Abstractions.Access;

namespace Bailiwick.Grains.Abstractions;

/// <summary>Why an expected failure happened. The edge's <c>Problems</c> turns each into its interface's own form.</summary>
public enum RefusalKind : byte
{
    /// <summary>Nobody we know: bad or outdated credentials, a disabled user, a suspended tenant (401).</summary>
    Unauthenticated = 0,
    /// <summary>Known, and may not (403).</summary>
    Denied = 1,
    /// <summary>There is no such thing, or not in the caller's tenant (404).</summary>
    NotFound = 2,
    /// <summary>It exists already, or something else stands in the way (409).</summary>
    Conflict = 3,
    /// <summary>Understood, and wrong (422).</summary>
    Invalid = 4,
    /// <summary>Not to be understood at all (400).</summary>
    Malformed = 5,
    /// <summary>Over a limit of size (413).</summary>
    TooLarge = 6,
    /// <summary>Come back later: a bounded lane or a rate limit is full (429).</summary>
    Busy = 7,
    /// <summary>The silo cannot answer safely now: no lease, a full disk, stopping (503).</summary>
    Unavailable = 8,
}

/// <summary>
/// The one expected failure. It has two texts: <see cref="Exception.Message"/> is for the client and tells nothing that the
/// client may not know; <see cref="LogText"/> is for the log and the audit trail.
/// </summary>
[GenerateSerializer, Alias("Refusal")]
public sealed class Refusal : Exception
{
    public Refusal(RefusalKind kind, string subject, string text, string? logText = null) : base(text)
    {
        Kind = kind;
        Subject = subject;
        LogText = logText ?? text;
    }

    [Id(0)] public RefusalKind Kind { get; }

    /// <summary>The resource family that the interface names before the slash of <c>error</c>: inventory, identity, users, ...</summary>
    [Id(1)] public string Subject { get; }

    [Id(2)] public string LogText { get; }

    /// <summary>Set once the refusal stands in the audit trail, so that a call through several grains is recorded once.</summary>
    [Id(3)] public bool IsRecorded { get; set; }

    /// <summary>By which the denial can be looked up, once it is recorded: the number of its record in the audit trail of the caller's tenant.</summary>
    [Id(4)] public long? DenialId { get; set; }

    /// <summary>What the decision looked at that refused. It goes as far as the gate of the same silo, which records it.</summary>
    [field: NonSerialized]
    internal DecisionTrace? Trace { get; init; }

    public static Refusal Unauthenticated(string logText) => new(RefusalKind.Unauthenticated, "security", "Invalid credentials! : Bad credentials", logText);

    /// <summary>Nobody is refused without a rule that says why.</summary>
    internal static Refusal Denied(string logText, DecisionTrace trace) => new(RefusalKind.Denied, "security", "Access is denied", logText) { Trace = trace };

    public static Refusal NotFound(string subject, string text) => new(RefusalKind.NotFound, subject, text);

    public static Refusal Conflict(string subject, string text) => new(RefusalKind.Conflict, subject, text);

    public static Refusal Invalid(string subject, string text) => new(RefusalKind.Invalid, subject, text);

    /// <summary>The store cannot take or give anything now; why is for the log alone.</summary>
    public static Refusal StorageUnavailable(string logText) =>
        new(RefusalKind.Unavailable, "storage", "The storage is not available at the moment, please try again later", logText);

    /// <summary>The interface's form for absent mandatory fields.</summary>
    public static Refusal Missing(params ReadOnlySpan<string> fields) =>
        new(RefusalKind.Invalid, "undefined", $"Following mandatory fields should be included: {string.Join(',', fields!)}");
}
