using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Devices;

/// <summary>A registration as it is stored. Its tenant is part of it, for a device id belongs to none until one claims it.</summary>
/// <param name="ClaimedBy">The user who announced the device.</param>
/// <param name="TokenHash">Of the security token that the device sends at each poll; null while it has sent none.</param>
/// <param name="TokenFailures">How often a user who accepted gave a wrong token.</param>
[GenerateSerializer, Immutable, Alias("DeviceRequestState")]
internal sealed record DeviceRequestState(
    TenantId Tenant, RegistrationStatus Status, string ClaimedBy, DateTimeOffset CreationTime, string? GroupId, string? Type,
    byte[]? TokenHash, int TokenFailures) : IOwnable
{
    string? IOwnable.Owner => ClaimedBy;

    TenantId? IOwnable.HeldBy => Tenant;

    /// <summary>The status in the interface's words.</summary>
    public string StatusName => Status switch
    {
        RegistrationStatus.WaitingForConnection => "WAITING_FOR_CONNECTION",
        RegistrationStatus.PendingAcceptance => "PENDING_ACCEPTANCE",
        RegistrationStatus.Accepted => "ACCEPTED",
        _ => "BLOCKED",
    };

    public DeviceRequest View(string id) => new(id, Tenant, Status, ClaimedBy, CreationTime, GroupId, Type);

    /// <summary>Tokens are compared by their hashes, in the same time wherever they differ.</summary>
    public bool TokenIs(string id, string token) => TokenHash is not null && CryptographicOperations.FixedTimeEquals(TokenHash, HashOf(id, token));

    // A token lives for minutes and is short; its hash keeps it out of casual sight, not from whoever holds the store.
    public static byte[] HashOf(string id, string token) => SHA256.HashData(Encoding.UTF8.GetBytes($"{id.Length}:{id}{token}"));
}

/// <summary>What a device id must look like, and how refusals about registrations are worded.</summary>
internal static class DeviceRequestRules
{
    public const string Subject = "devicecontrol";

    /// <summary>The same words for an id that nobody claimed and for one that another tenant did.</summary>
    public static Refusal NotFound(string id) => Refusal.NotFound(Subject, $"Could not find newDeviceRequest by ID {id}");

    public static void RequireId(string? id)
    {
        if (string.IsNullOrEmpty(id)) throw Refusal.Missing("id");
        if (id.Length > Limits.DeviceIdCharsMax || !UserId.IsName(UserId.DevicePrefix + id) || id.Contains('\\', StringComparison.Ordinal))
            throw Refusal.Invalid(Subject, $"A device id must have at most {Limits.DeviceIdCharsMax} characters and hold no white space, no control character and none of / \\ $ + :");
    }

    public static void RequireFields(NewDeviceRequest request)
    {
        foreach (var field in (ReadOnlySpan<string?>)[request.GroupId, request.Type])
            if (field is not null && (field.Length > Limits.ExternalIdCharsMax || field.Any(char.IsControl)))
                throw Refusal.Invalid(Subject, $"A field of a registration must have at most {Limits.ExternalIdCharsMax} characters and hold no control character.");
    }

    /// <summary>What the trail is told; null where there was or is no registration.</summary>
    public static IReadOnlyList<AuditChange> Between(DeviceRequestState? before, DeviceRequestState? after)
    {
        var changes = new List<AuditChange>();
        Add("status", before?.StatusName, after?.StatusName);
        Add("owner", before?.ClaimedBy, after?.ClaimedBy);
        Add("groupId", before?.GroupId, after?.GroupId);
        Add("type", before?.Type, after?.Type);
        Add("tokenFailures", before?.TokenFailures.ToString(CultureInfo.InvariantCulture), after?.TokenFailures.ToString(CultureInfo.InvariantCulture));
        // That one was set, and nothing of what it is.
        if (before?.TokenHash != after?.TokenHash) changes.Add(new AuditChange("securityToken", "String", null, null));
        return changes;

        void Add(string attribute, string? from, string? to)
        {
            if (from != to) changes.Add(new AuditChange(attribute, "String", from, to));
        }
    }

    public static string? Token(string? token)
    {
        if (token?.Length > Limits.SecurityTokenCharsMax)
            throw Refusal.Invalid(Subject, $"A security token must have at most {Limits.SecurityTokenCharsMax} characters.");
        return string.IsNullOrEmpty(token) ? null : token;
    }
}

/// <summary>
/// Counts the wrong tokens in polls of one accepted registration, by the minute. An address that has guessed too often is not heard until the
/// minute is over, not even with the right token, and nobody is once all addresses together have. The count is in memory: it slows guessing down and
/// decides nothing.
/// </summary>
internal sealed class TokenGuesses(TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(Limits.SecurityTokenGuessSeconds);

    // Bounded: every entry is at least one guess, and these are.
    private readonly Dictionary<string, int> _byAddress = new(StringComparer.Ordinal);
    private int _all;
    private DateTimeOffset _began;

    public bool IsHeard(string address)
    {
        if (clock.GetUtcNow() - _began >= Window)
        {
            (_all, _began) = (0, clock.GetUtcNow());
            _byAddress.Clear();
        }
        return _all < Limits.SecurityTokenGuessesMax && _byAddress.GetValueOrDefault(address) < Limits.SecurityTokenFailuresMax;
    }

    /// <summary>Call it for a poll that was heard.</summary>
    public void Count(string address)
    {
        _all++;
        _byAddress[address] = _byAddress.GetValueOrDefault(address) + 1;
    }
}

/// <summary>A registration as its tenant's list asks for it. It answers while a change is under way.</summary>
[Alias("IDeviceRequestGlance")]
internal interface IDeviceRequestGlance : IGrainWithStringKey
{
    /// <summary>The registration if the caller's tenant has it, else null.</summary>
    [Alias("Glance"), AlwaysInterleave, AcrossTenants("a device id belongs to no tenant until one claims it"),
        Platform("a tenant's list shows its registrations as they stand", PlatformTask.Upkeep)]
    Task<DeviceRequest?> Glance(Caller caller);
}

/// <summary>A registration as its tenant is deleted.</summary>
[Alias("IDeviceRequestRemoval")]
internal interface IDeviceRequestRemoval : IGrainWithStringKey
{
    /// <summary>Removes the registration if the caller's tenant has it: any tenant can claim the id then.</summary>
    [Alias("Remove"), AcrossTenants("a device id belongs to no tenant until one claims it"), Platform("its tenant is deleted", PlatformTask.Removal)]
    Task Remove(Caller caller);
}

/// <summary>
/// The index of a tenant's registrations. An id is entered as unsettled before its registration is made or removed, and settled after:
/// a crash leaves an unsettled one, which lists verify. So there may be garbage in the index, and never a gap.
/// </summary>
[Alias("IDeviceRequestIndex")]
internal interface IDeviceRequestIndex : IGrainWithStringKey
{
    /// <exception cref="Refusal">Conflict: the tenant has as many registrations as it may.</exception>
    [Alias("Unsettle"), Platform("a registration is about to be made or removed", PlatformTask.Upkeep)]
    Task Unsettle(Caller caller, string id);

    [Alias("Settle"), Platform("a registration was made or removed", PlatformTask.Upkeep)]
    Task Settle(Caller caller, string id, bool isThere);

    /// <summary>Every id that the index knows, with those whose registration is gone.</summary>
    [Alias("All"), Platform("the tenant is deleted, and its registrations with it", PlatformTask.Removal)]
    Task<IReadOnlyList<string>> All(Caller caller);
}
