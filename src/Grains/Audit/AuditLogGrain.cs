using System.Text.Json;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Storage;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Audit;

/// <summary>
/// One tenant's audit trail: the one door to its log, for users and for the platform. It holds no state of its own, so calls
/// interleave and the log can commit many appends with one sync.
/// </summary>
[Reentrant, GrainType("audit-log")]
internal sealed class AuditLogGrain : Grain, IAuditLogGrain, IAuditTrail
{
    private readonly TenantId _tenant;
    private readonly IAuditLog _log;
    private readonly IInventoryStore _inventory;
    private readonly Hierarchy _hierarchy;
    private readonly TimeProvider _clock;

    public AuditLogGrain(IAuditLog log, IInventoryStore inventory, Hierarchy hierarchy, TimeProvider clock)
    {
        _tenant = TenantId.OfGrainKey(this.GetPrimaryKeyString());
        (_log, _inventory, _hierarchy, _clock) = (log, inventory, hierarchy, clock);
    }

    public async Task<AuditRecord> Append(Caller caller, NewAuditRecord record)
    {
        var ofAll = WritePermit.Ask(caller, Resource.OfTenant(_tenant), Permission.AuditAdmin);
        var permit = ofAll ?? await DemandOfSourceAsync(caller, record);
        AuditRules.RequireMandatory(record);
        AuditRules.RequireWithinBounds(record);
        // What a client reports must never pass for what the platform saw itself, so the record keeps who reported it. The list of changes is
        // the platform's own. In another's name reports only who may report on everything.
        var members = AuditRules.Reported(record.Members, caller.User.Name);
        var user = ofAll is null ? null : record.User;
        return await AppendAsync(permit, record with { User = user ?? caller.User.Name, Members = members, Changes = null });
    }

    public async Task<long> Record(Caller caller, NewAuditRecord record)
    {
        var permit = WritePermit.Demand(caller, Resource.OfTenant(_tenant), Permission.AuditAdmin);
        return (await AppendAsync(permit, record with
        {
            User = record.User ?? caller.User.Name,
            Text = AuditRules.Cut(record.Text),
        })).Id;
    }

    public async Task<AuditRecord> Read(Caller caller, long id)
    {
        var record = await _log.ReadAsync(ReadPermit.Demand(Upkeep, Resource.OfTenant(_tenant), Permission.AuditRead), id);
        if (record is not null && AuditRules.ObjectOf(record) is { } about && await SourceAsync(about) is { } source)
            _ = ReadPermit.Demand(await _hierarchy.AtAsync(caller, about), source.Holding(AuditRules.OfClient(record)), Permission.AuditRead);
        else
            _ = ReadPermit.Demand(caller, Resource.OfTenant(_tenant), Permission.AuditRead);
        return record ?? throw Refusal.NotFound("audit", $"There is no audit record with id = {id}");
    }

    public async Task<Page<AuditRecord>> Find(Caller caller, AuditQuery query, PageRequest page)
    {
        var visible = ListPermit.Demand(caller, Permission.AuditRead);
        var permit = ReadPermit.Demand(Upkeep, Resource.OfTenant(_tenant), Permission.AuditRead);
        if (visible.Scope.Kind == ScopeKind.All) return await _log.FindAsync(permit, query, page);
        var sources = await _inventory.SourcesAsync(visible, ObjectId.TryParse(query.Source, out var only) ? only : null);
        if (sources.Ids is not { } shown || sources.AreOfScope)
            throw Refusal.Invalid("audit", "You may see the records of more objects than can be looked through at once. Ask for one source.");
        var ids = shown.ToHashSet();
        return await _log.FindAsync(permit, query, page, record =>
            AuditRules.ObjectOf(record) is { } about && ids.Contains(about) && sources.Shows(about, AuditRules.OfClient(record)));
    }

    /// <summary>Whoever may report on one object reports with that object as the source.</summary>
    private async Task<WritePermit> DemandOfSourceAsync(Caller caller, NewAuditRecord record)
    {
        if (ObjectId.TryParse(record.Source, out var about) && await SourceAsync(about) is { } source)
            return WritePermit.Demand(await _hierarchy.AtAsync(caller, about), source.Holding(record.Members), Permission.AuditAdmin);
        return WritePermit.Demand(caller, Resource.OfTenant(_tenant), Permission.AuditAdmin);
    }

    /// <summary>An object that there is, as the source of records: owning it gives none of them.</summary>
    private async ValueTask<Resource?> SourceAsync(ObjectId about) =>
        await _inventory.ReadStoredAsync(StoredObjects.UpkeepPermit(_tenant, about)) is { } stored ? stored.AsSource(_tenant) : null;

    private Caller Upkeep => Caller.Platform(PlatformTask.Upkeep, _tenant);

    private Task<AuditRecord> AppendAsync(WritePermit permit, NewAuditRecord record)
    {
        var now = _clock.GetUtcNow();
        return _log.AppendAsync(permit, record with { Time = record.Time ?? now, Severity = record.Severity ?? AuditRules.Information }, now);
    }
}

/// <summary>What a record must have before it is appended.</summary>
internal static class AuditRules
{
    public const string Information = "INFORMATION";
    public const string Warning = "WARNING";

    /// <summary>The member that names the user who reported a record; records of the platform itself never carry it.</summary>
    public const string ReportedBy = "bailiwick_ReportedBy";

    private static readonly string[] Severities = ["CRITICAL", "MAJOR", "MINOR", Warning, Information];

    /// <summary>
    /// The managed object that a record is about; null where it is about none. A source is a bare text, and a user or a group can be called what
    /// an object is: so what the platform itself records counts by its type, and what a client reported is about what it says.
    /// </summary>
    public static ObjectId? ObjectOf(AuditRecord record)
    {
        if (record.Type == "Alarm" && AlarmId.TryParse(record.Source, out var alarm)) return alarm.Source;
        var isAboutObject = record.Type is "Alarm" or "Operation" or "Event" or "Measurement" || record.Members.Has(ReportedBy);
        return isAboutObject && ObjectId.TryParse(record.Source, out var id) ? id : null;
    }

    public static void RequireMandatory(NewAuditRecord record)
    {
        var missing = new List<string>(4);
        if (string.IsNullOrEmpty(record.Activity)) missing.Add("activity");
        if (string.IsNullOrEmpty(record.Type)) missing.Add("type");
        if (record.Time is null) missing.Add("time");
        if (string.IsNullOrEmpty(record.Text)) missing.Add("text");
        if (missing.Count > 0) throw Refusal.Missing([.. missing]);
    }

    public static void RequireWithinBounds(NewAuditRecord record)
    {
        if (record.Severity is not null && Array.IndexOf(Severities, record.Severity) < 0)
            throw Refusal.Invalid("audit", $"The severity must be one of {string.Join(", ", Severities)}.");
        if (record.Text.Length > Limits.AuditTextCharsMax)
            throw Refusal.Invalid("audit", $"The text must have at most {Limits.AuditTextCharsMax} characters.");
        foreach (var field in (ReadOnlySpan<string?>)[record.Type, record.Activity, record.Source, record.User, record.Application])
            if (field?.Length > Math.Max(Limits.AuditTypeCharsMax, Limits.UserNameCharsMax))
                throw Refusal.Invalid("audit", "A field of the record is too long.");
        if (record.Members is { } members && (members.Count > Limits.FragmentsPerDocumentMax || members.Items.Sum(m => m.Name.Length + (long)m.Json.Length) > Limits.AuditRecordBytesMax))
            throw new Refusal(RefusalKind.TooLarge, "audit", $"An audit record must have at most {Limits.AuditRecordBytesMax} bytes.");
    }

    public static Fragments Reported(Fragments? members, string userName)
    {
        var name = JsonEncodedText.Encode(userName);
        var by = new Fragment(ReportedBy, [(byte)'"', .. name.EncodedUtf8Bytes, (byte)'"']);
        return (members ?? Fragments.None).Merge(new Fragments([by]));
    }

    /// <summary>The members that were reported: what grants cover or do not. The platform's mark among them is no fragment of anybody's.</summary>
    public static Fragments OfClient(AuditRecord record) => record.Members.Without(ReportedBy);

    /// <summary>The platform's own texts may quote what a client sent; a record is never refused for that.</summary>
    public static string Cut(string text) => text.Length <= Limits.AuditTextCharsMax ? text : string.Concat(text.AsSpan(0, Limits.AuditTextCharsMax - 1), "…");
}
