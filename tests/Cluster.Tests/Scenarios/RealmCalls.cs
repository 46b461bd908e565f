using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

/// <summary>Calls of one realm's grains, at whatever silo is asked for: what a model says, put into the server's types.</summary>
internal sealed partial class RealmCalls(GatedCluster cluster, Realm realm)
{
    private static readonly UserChange Nothing = new(null, null, null, null, null, null, null, null, null);

    private int _moments;

    public GatedCluster Cluster => cluster;

    private int SiloCount => cluster.SiloCount;

    private Caller Root => realm.Callers[Scenario.Root];

    public ITenantGrain Tenant(int silo) => On(silo).GetGrain<ITenantGrain>(realm.Tenant.Value);
    public IUserGrain User(int silo, string name) => User<IUserGrain>(silo, name);
    public T User<T>(int silo, string name) where T : IGrainWithStringKey => On(silo).GetGrain<T>(realm.UserOf(name).GrainKey);
    public IInventoryGrain Inventory(int silo) => On(silo).GetGrain<IInventoryGrain>(realm.Tenant.Value);
    public IManagedObjectGrain Object(int silo, long number) => On(silo).GetGrain<IManagedObjectGrain>(KeyOf(number));
    public IDeviceGrain Device(int silo, long number) => On(silo).GetGrain<IDeviceGrain>(KeyOf(number));
    public IDeviceOperationsGrain Operations(int silo, long number) => On(silo).GetGrain<IDeviceOperationsGrain>(KeyOf(number));
    public T Whole<T>(int silo) where T : IGrainWithStringKey => On(silo).GetGrain<T>(realm.Tenant.Value);
    public T Of<T>(int silo) where T : notnull => cluster.Of<T>(silo % SiloCount);

    /// <summary>The user as signed in now.</summary>
    public async Task<Caller> SignInAsync(string name)
    {
        var user = realm.UserOf(name);
        var fact = await Whole<IUserFactSource>(0).ReadFact(Caller.Platform(PlatformTask.Facts, user.Tenant), user.Name);
        return new Caller(user, SignInMethod.Basic, fact.CredentialEpoch, "192.0.2.1");
    }

    /// <summary>Does it, and then has the realm say so.</summary>
    public Task DoAsync(Caller caller, string actor, int silo, Change change) => change switch
    {
        Link link => ThenAsync(Object(silo, link.Parent).Link(caller, link.Kind, [realm.IdOf(link.Child)]), () => realm.AddLink(link.Kind, link.Parent, link.Child)),
        Unlink link => ThenAsync(Object(silo, link.Parent).Unlink(caller, link.Kind, [realm.IdOf(link.Child)]), () => realm.RemoveLink(link.Kind, link.Parent, link.Child)),
        Make make => MakeAsync(caller, actor, silo, make),
        Edit edit => EditAsync(caller, actor, silo, edit),
        Delete delete => ThenAsync(Object(silo, delete.Object).Delete(caller, default), () => realm.RemoveObject(delete.Object)),
        AddData add => AddDataAsync(caller, silo, add),
        ChangeData touch => ChangeDataAsync(caller, silo, touch),
        Report report => ReportAsync(caller, actor, silo, report),
        AssignRoles assign => AssignAsync(silo, assign),
        UnassignRoles unassign => UnassignAsync(silo, unassign),
        PermitOnDevice permit => PermitAsync(silo, permit),
        ChangeRole role => ChangeRoleAsync(silo, role),
        DeleteGroup group => ThenAsync(Tenant(silo).DeleteGroup(Root, realm.Groups[group.Group]), () => Forget(group)),
        ChangeAuthority authority => ChangeAuthorityAsync(silo, authority),
        ChangeMembership membership => ChangeMembershipAsync(silo, membership),
        Enable enable => EnableAsync(silo, enable),
        ShowParts show => ThenAsync(
            Tenant(silo).SetOptions(Root, "configuration", [new OptionSetting("acl.measurement.only-accessible-fragments", show.IsOn ? "true" : "false")]), () => realm.ShowsParts = show.IsOn),
        DemandNewPassword demand => ThenAsync(
            User(silo, demand.User).Update(Root, Nothing with { ShouldResetPassword = demand.IsDemanded }),
            () => realm.Change(demand.User, user => user with { MustChangePassword = demand.IsDemanded })),
        _ => throw new ArgumentException(Scenario.Words(change)),
    };

    public static IReadOnlyList<Grant> GrantsOf(IEnumerable<string> texts) =>
        [.. texts.Select(text => GrantWords.TryParse(text, out Grant grant) ? grant : throw new ArgumentException(text))];

    public static IReadOnlyList<InventoryPermission> PermissionsOf(RolePermission[] permissions) =>
        [.. GrantsOf(permissions.Select(one => $"{one.Scope}:{one.Type}:{one.Level}")).Select(grant => new InventoryPermission(0, grant))];

    public static Fragments FragmentsOf(IEnumerable<string> added, params IEnumerable<string> removed) =>
        new([.. added.Select(name => new Fragment(name, "{}"u8.ToArray())), .. removed.Select(name => new Fragment(name, "null"u8.ToArray()))]);

    public static AuthoritySet AuthoritiesOf(IEnumerable<string> names) => names.Aggregate(AuthoritySet.Empty, (set, name) => set.With(AuthorityOf(name)));

    public static Authority AuthorityOf(string name) => Authorities.TryParse(name, out var authority) ? authority : throw new ArgumentException(name);

    private IGrainFactory On(int silo) => cluster.On(silo % SiloCount);

    private string KeyOf(long number) => realm.IdOf(number).GrainKey(realm.Tenant);

    private static async Task ThenAsync(Task call, Action apply)
    {
        await call;
        apply();
    }

    private async Task MakeAsync(Caller caller, string actor, int silo, Make make)
    {
        var made = await Inventory(silo).Create(caller, new NewManagedObject(Marks.NameOf(realm.NextObject), Marks.TypeOf(realm.NextObject), null, FragmentsOf(make.Fragments)));
        realm.AddObject(made.Id, actor, make.Fragments);
    }

    private async Task EditAsync(Caller caller, string actor, int silo, Edit edit)
    {
        var isGiven = edit.Owner is not null && realm.Find(edit.Object) is { } it && new Foresight(realm, realm.FindUser(actor)!).MayGiveAway(it);
        await Object(silo, edit.Object).Update(caller, new ManagedObjectChange(
            null, null, edit.Owner is null ? null : realm.UserOf(edit.Owner).Name, FragmentsOf(edit.Added, edit.Removed)));
        realm.Change(edit.Object, old => old with { Fragments = Foresight.After(old.Fragments, edit.Added, edit.Removed), Owner = isGiven ? edit.Owner! : old.Owner });
    }

    private async Task AddDataAsync(Caller caller, int silo, AddData add) => realm.Data.Add(await AddAsync(caller, silo, add));

    /// <summary>Adds a piece of data, each at a moment of its own, so that lists have one order.</summary>
    public async Task<Datum> AddAsync(Caller caller, int silo, AddData add)
    {
        var moment = ++_moments;
        var (time, fragments, type) = (Marks.TimeOf(moment), FragmentsOf(add.Fragments), Marks.TypeOf(add.Kind, moment));
        object id = add.Kind switch
        {
            DataKind.Event => (await Device(silo, add.Object).AddEvent(caller, new NewEvent(type, "", time, fragments))).Id,
            DataKind.Alarm => (await Device(silo, add.Object).RaiseAlarm(caller, new NewAlarm(type, "", Marks.SeverityOf(moment), Marks.StatusOf(moment), time, fragments)))!.Alarm.Id,
            DataKind.Operation => (await Operations(silo, add.Object).Create(caller, new NewOperation(null, fragments))).Id,
            _ => await AddMeasurementAsync(caller, silo, add, new NewMeasurement(type, time, Marks.MembersOf(moment, add.Fragments))),
        };
        return new Datum(add.Kind, add.Object, add.Fragments, id, moment);
    }

    /// <summary>By either way: the object's own door, or the tenant's.</summary>
    private async Task<MeasurementId> AddMeasurementAsync(Caller caller, int silo, AddData add, NewMeasurement measurement) => measurement.Time.Second % 2 == 0
        ? (await Device(silo, add.Object).AddMeasurements(caller, new MeasurementBatch([measurement]))).Ids[0]
        : (await Whole<IMeasurementsGrain>(silo).Add(caller, [new SourcedMeasurement(realm.IdOf(add.Object), measurement)]))[0];

    private async Task ChangeDataAsync(Caller caller, int silo, ChangeData touch)
    {
        var place = touch.Place % realm.Data.Count;
        var datum = realm.Data[place];
        var fragments = FragmentsOf(touch.Fragments);
        switch (datum.Kind)
        {
            case DataKind.Measurement:
                await Device(silo, datum.Object).DeleteMeasurement(caller, (MeasurementId)datum.Id);
                realm.Data.RemoveAt(place);
                return;
            case DataKind.Event:
                await Device(silo, datum.Object).UpdateEvent(caller, (EventId)datum.Id, new EventChange(null, fragments));
                break;
            case DataKind.Alarm:
                await Device(silo, datum.Object).UpdateAlarm(caller, (AlarmId)datum.Id, new AlarmChange(null, null, null, fragments));
                break;
            default:
                await Operations(silo, datum.Object).Update(caller, (OperationId)datum.Id, new OperationChange(null, null, null, fragments));
                break;
        }
        realm.Data[place] = datum with { Fragments = Foresight.After(datum.Fragments, touch.Fragments, []) };
    }

    private async Task AssignAsync(int silo, AssignRoles assign)
    {
        int[] places = [.. assign.Roles.Where(place => realm.HasRole(place))];
        await User(silo, assign.User).AssignRoles(Root, realm.IdOf(assign.Object), [.. places.Select(place => realm.Roles[place])]);
        realm.Change(assign.User, user => user with { Assignments = Realm.Merged(realm.Standing(user).Append(new Assignment(assign.Object, places))) });
    }

    private async Task UnassignAsync(int silo, UnassignRoles unassign)
    {
        var given = realm.FindUser(unassign.User)!.Assignments[unassign.Place];
        var known = await User(silo, unassign.User).Assignments(Root);
        await User(silo, unassign.User).UnassignRoles(Root, known.Single(one => one.Object == realm.IdOf(given.Object)).Id);
        realm.Change(unassign.User, user => user with { Assignments = [.. realm.Standing(user).Where(one => one != given)] });
    }

    private async Task PermitAsync(int silo, PermitOnDevice permit)
    {
        var grants = GrantsOf(permit.Texts);
        await Whole<IUsersGrain>(silo).SetDevicePermissions(Root, realm.IdOf(permit.Object), permit.User is { } name
            ? new DevicePermissionsChange([new UserPermissions(realm.UserOf(name).Name, grants)], [])
            : new DevicePermissionsChange([], [new GroupPermissions(realm.Groups[permit.Group], grants)]));
        if (permit.User is not null) realm.Change(permit.User, user => user with { OnDevices = Realm.With(user.OnDevices, permit.Object, permit.Texts) });
        else realm.ChangeGroup(permit.Group, group => group with { OnDevices = Realm.With(group.OnDevices, permit.Object, permit.Texts) });
    }

    private async Task ChangeRoleAsync(int silo, ChangeRole role)
    {
        if (role.Permissions is { } permissions) await Tenant(silo).UpdateInventoryRole(Root, realm.Roles[role.Role], new InventoryRoleChange(null, null, PermissionsOf(permissions)));
        else await Tenant(silo).DeleteInventoryRole(Root, realm.Roles[role.Role]);
        realm.ChangeRole(role.Role, role.Permissions ?? []);
        if (role.Permissions is null) realm.Roles[role.Role] = 0;
    }

    private void Forget(DeleteGroup group)
    {
        realm.Groups[group.Group] = 0;
        realm.ChangeGroup(group.Group, _ => new ModelGroup([], []));
    }

    private async Task ChangeAuthorityAsync(int silo, ChangeAuthority change)
    {
        var authority = AuthorityOf(change.Authority);
        string[] After(string[] before) => change.IsGiven ? [.. before.Append(change.Authority).Distinct()] : [.. before.Where(held => held != change.Authority)];
        if (change.User is { } name)
        {
            await (change.IsGiven ? User(silo, name).Assign(Root, authority) : User(silo, name).Unassign(Root, authority));
            realm.Change(name, user => user with { Authorities = After(user.Authorities) });
            return;
        }
        var group = realm.Groups[change.Group];
        await (change.IsGiven ? Tenant(silo).AssignToGroup(Root, group, authority) : Tenant(silo).UnassignFromGroup(Root, group, authority));
        realm.ChangeGroup(change.Group, one => one with { Authorities = After(one.Authorities) });
    }

    private async Task ChangeMembershipAsync(int silo, ChangeMembership change)
    {
        var group = realm.Groups[change.Group];
        await (change.Joins ? User(silo, change.User).AddToGroup(Root, group) : User(silo, change.User).RemoveFromGroup(Root, group));
        realm.Change(change.User, user => user with { Groups = change.Joins ? [.. user.Groups.Append(change.Group).Distinct()] : [.. user.Groups.Where(one => one != change.Group)] });
    }

    private async Task EnableAsync(int silo, Enable enable)
    {
        await User(silo, enable.User).Update(Root, Nothing with { IsEnabled = enable.IsEnabled });
        realm.Change(enable.User, user => user with { IsDisabled = !enable.IsEnabled });
        if (!enable.IsEnabled) return;
        // Whoever was signed in before stays out; the question that follows is asked by who signs in anew.
        var fresh = await SignInAsync(enable.User);
        var old = realm.Callers[enable.User];
        if (old.CredentialEpoch != fresh.CredentialEpoch)
            Assert.Equal(RefusalKind.Unauthenticated, (await Assert.ThrowsAsync<Refusal>(() => Inventory(silo + 1).Count(old, new InventoryQuery()))).Kind);
        realm.Callers[enable.User] = fresh;
    }
}
