using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Devices;
using Bailiwick.Grains.Operations;
using Bailiwick.Grains.Storage;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Inventory;

/// <inheritdoc cref="IManagedObjectGrain"/>
[MayInterleave(nameof(AnswersMeanwhile))]
internal sealed partial class ManagedObjectGrain : Grain, IManagedObjectGrain, IManagedObjectUpkeep
{
    private readonly TenantId _tenant;
    private readonly ObjectId _id;
    private readonly Owned<ManagedObjectState> _owned;
    private readonly IInventoryStore _inventory;
    private readonly ILinkStore _links;
    private readonly IIdentityStore _names;
    private readonly IAlarmStore _alarms;
    private readonly IPresenceStore _presence;
    private readonly IFactPublisher _facts;
    private readonly Hierarchy _hierarchy;
    private readonly TimeProvider _time;
    private Leaving _leaving;

    public ManagedObjectGrain(IInventoryStore inventory, ILinkStore links, IIdentityStore names, IAlarmStore alarms, IPresenceStore presence, IFactPublisher facts, Hierarchy hierarchy, TimeProvider time)
    {
        var key = GrainContext.GrainId.Key.ToString()!;
        (_tenant, _id) = (TenantId.OfGrainKey(key), ObjectId.OfGrainKey(key));
        (_inventory, _links, _names, _alarms, _presence, _facts, _hierarchy, _time) = (inventory, links, names, alarms, presence, facts, hierarchy, time);
        _owned = new Owned<ManagedObjectState>(_tenant, new InventoryDocument(_tenant, _id, inventory), _id);
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken) => _owned.LoadAsync();

    public async Task<ManagedObjectView> Read(Caller caller, ViewOptions options)
    {
        RequireExists();
        var permit = ReadPermit.Demand(caller, _owned.Resource, Permission.InventoryRead);
        return await _links.ViewAsync(await ShownAsync(permit, _owned.Read(permit).Document), permit, ListPermit.Demand(caller, Permission.InventoryRead), options);
    }

    public async Task<ManagedObject> Update(Caller caller, ManagedObjectChange change)
    {
        RequireStays();
        var permit = WritePermit.Demand(caller, _owned.Resource, Permission.InventoryAdmin);
        var old = _owned.Read(permit).Document;
        // A sign of life, as often as the device likes: nothing of the document is written.
        if (change.IsEmpty && !caller.IsApplication && !Rehearsal.IsOn && (old.Fragments.Has(NewObjects.DeviceFragment) || old.Fragments.ResponseMinutes() != 0)) await Device.Heard(Upkeep);
        if (change.IsEmpty) return await ShownAsync(ReadPermit.Demand(Upkeep, _owned.Resource, Permission.InventoryRead), old);
        var changed = old with
        {
            Name = change.ClearName ? null : change.Name ?? old.Name,
            Type = change.ClearType ? null : change.Type ?? old.Type,
            Owner = await OwnerAfterAsync(caller, change.Owner) ?? old.Owner,
            Fragments = old.Fragments.Merge(ManagedObject.OfClient(change.Fragments)),
            LastUpdated = _time.GetUtcNow(),
        };
        RequireFragmentsFit(changed.Fragments);
        // A right that covers some fragments covers what is there and what is to be.
        _ = WritePermit.Demand(caller, _owned.Resource.Holding(changed), Permission.InventoryAdmin);
        await GrainFactory.EndRehearsalAsync(caller, _tenant, new AccessChange { Document = new DocumentChange(old, changed) });
        await ChangeRecordedAsync(caller, old, changed, () => _owned.WriteAsync(permit, new ManagedObjectState(changed)));
        // Also when nothing changes by what is asked for: an earlier attempt may have been stored, and the device not told.
        if (change.Owner is not null || change.Fragments.Has(ManagedObject.GlobalFragment) || DeviceState.Of(changed) != DeviceState.Of(old)) await Device.Refresh(Upkeep);
        return await ShownAsync(ReadPermit.Demand(Upkeep, _owned.Resource, Permission.InventoryRead), changed);
    }

    public async Task Create(Caller caller, ManagedObject document, ExternalId? name)
    {
        Check.That(!_owned.Exists && document.Id == _id);
        RequireFragmentsFit(document.Fragments);
        if (name is not null) WritePermit.Demand(caller, document.AsResource(_tenant), Permission.IdentityAdmin);
        await _owned.WriteAsync(WritePermit.Demand(caller, _owned.Resource, Permission.InventoryCreate), new ManagedObjectState(document, name));
    }

    public Task<Judgement> Judge(Caller caller, Permission permission)
    {
        if (!_owned.Exists) return Task.FromResult(default(Judgement));
        var decision = Policy.Decide(caller, _owned.Resource, permission);
        return Task.FromResult(new Judgement(true, decision, _owned.Resource.Owner == caller.User.Name)
        {
            Trace = decision.Allowed ? null : Policy.Explain(caller, _owned.Resource, permission),
        });
    }

    public async Task<IReadOnlyList<Explanation>> Explain(Caller caller, Suppositions asked)
    {
        var ancestry = await _hierarchy.OfAsync(_tenant, _id);
        RequireExists();
        return Explanations.Of(asked, _owned.Resource, ancestry, _owned.Resource.Document);
    }

    public async Task<IReadOnlyList<ExternalId>> ExternalIds(Caller caller)
    {
        RequireExists();
        return await _names.NamesAsync(ReadPermit.Demand(caller, _owned.Resource, Permission.IdentityRead));
    }

    public async Task BindName(Caller caller, ExternalId name)
    {
        RequireStays();
        await _names.BindAsync(WritePermit.Demand(caller, _owned.Resource, Permission.IdentityAdmin), name);
    }

    public async Task UnbindName(Caller caller, ExternalId name)
    {
        RequireExists();
        await _names.UnbindAsync(WritePermit.Demand(caller, _owned.Resource, Permission.IdentityAdmin), name);
    }

    public async Task<Availability> Availability(Caller caller)
    {
        RequireExists();
        var permit = ReadPermit.Demand(caller, _owned.Resource, Permission.InventoryRead);
        var document = _owned.Read(permit).Document;
        var minutes = document.Fragments.ResponseMinutes();
        var known = await _presence.RecallAsync(permit);
        if (known is null && minutes == 0)
            throw Refusal.NotFound("inventory", $"Managed object {_id} is no device that was ever heard of or has to be.");
        var presence = known ?? default;
        var name = Policy.Decide(caller, _owned.Resource, Permission.IdentityRead).Allowed ? (await _names.NamesAsync(permit)).Preferred() : null;
        return new Availability(
            _id, name, Presences.DataStatus(minutes, presence, document.CreationTime, _time.GetUtcNow()), Presences.ConnectionStatus(minutes, presence),
            minutes == 0 ? null : minutes, presence.LastMessageMs == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(presence.LastMessageMs));
    }

    /// <summary>The document as it is shown: with how many alarms are open now, and whether its device is there.</summary>
    private async ValueTask<ManagedObject> ShownAsync(ReadPermit permit, ManagedObject document) =>
        document.With(await _alarms.ActiveAsync(permit)).With(await _presence.RecallAsync(permit), _time.GetUtcNow());

    private IDeviceUpkeep Device => GrainFactory.Grain<IDeviceUpkeep>(_id.GrainKey(_tenant));

    private Caller Upkeep => Caller.Platform(PlatformTask.Upkeep, _tenant);

    /// <summary>The owner that a body asks for: heeded from an administrator who names a user there is, passed over from others.</summary>
    private async Task<string?> OwnerAfterAsync(Caller caller, string? wanted)
    {
        if (wanted is null || Policy.Decide(caller, _owned.Resource, Permission.InventoryAdmin).Rule != Rule.GlobalAuthority) return null;
        await NewOwner.RequireExistsAsync(GrainFactory, new UserId(_tenant, wanted));
        return wanted;
    }

    private bool IsNothing => !_owned.Exists && !IsGoing;

    private void RequireExists()
    {
        if (_owned.Exists) return;
        _leaving.Soon(this, () => IsNothing);
        throw NoSuch(_id);
    }

    internal static Refusal NoSuch(ObjectId id) =>
        Refusal.NotFound("inventory", $"Finding device data from database failed : No managedObject for id '{id}'!");

    private static void RequireFragmentsFit(Fragments fragments)
    {
        if (fragments.Count > Limits.FragmentsPerDocumentMax)
            throw Refusal.Invalid("inventory", $"A managed object holds at most {Limits.FragmentsPerDocumentMax} fragments.");
        var bytes = fragments.Items.Sum(fragment => (long)fragment.Json.Length);
        if (bytes > Limits.DocumentBytesMax)
            throw new Refusal(RefusalKind.TooLarge, "inventory", $"A managed object holds at most {Limits.DocumentBytesMax} bytes.");
    }
}
