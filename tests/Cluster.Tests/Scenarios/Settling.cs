using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

/// <summary>
/// Makes a realm on the server as a model says. What the model names and does not have (an object, a group, a role) is made as well, given to whom it
/// names, and deleted again: what is left of it must give nothing.
/// </summary>
internal sealed class Settling(RealmCalls calls, Realm realm, ModelTenant begins)
{
    private const string Everything = "*:*:*";

    private static readonly ChildKind[] Kinds = [ChildKind.Device, ChildKind.Asset, ChildKind.Addition];

    private int _ghostGroup;
    private int _ghostRole;

    private Caller Root => realm.Callers[Scenario.Root];

    public async Task RunAsync()
    {
        await calls.Whole<ITenantFounding>(realm.Tenant.Value[^1]).Found(Founder, new TenantPlan(realm.Tenant.Value, "", null, null, null, null, null));
        await FoundAsync(Scenario.Root, Realm.Root.Authorities);
        foreach (var user in realm.Model.Users) await FoundAsync(user.Name, user.Authorities);
        // Whoever a smaller model has no more still owns what it did.
        foreach (var name in Models.Names.Append(Realm.Bystander))
            if (realm.FindUser(name) is null)
                await FoundAsync(name, []);
        foreach (var it in realm.Model.Objects) await MakeAsync(it.Id, it.Owner, it.Fragments);
        await MakeAsync(Realm.Gone, Realm.Bystander, []);
        await LinkAllAsync();
        await AddDataAsync();
        await MakeGroupsAndRolesAsync();
        foreach (var user in realm.Model.Users) await GiveAsync(user);
        await calls.Tenant(0).DeleteGroup(Root, _ghostGroup);
        await calls.Tenant(0).DeleteInventoryRole(Root, _ghostRole);
        await calls.Object(0, Realm.Gone).Delete(Root, default);
        realm.RemoveObject(Realm.Gone);
    }

    // Grains stay where they are first asked for: so they are on all silos.
    private static int SiloOf(long number) => (int)number;

    private Caller Founder => Caller.Platform(PlatformTask.FirstStart, realm.Tenant);

    private async Task FoundAsync(string name, string[] authorities)
    {
        await calls.User<IUserFounding>(name.Length, name).Found(Founder, new FoundingUser(null, null, RealmCalls.AuthoritiesOf(authorities), [], false));
        realm.Callers[name] = await calls.SignInAsync(name);
    }

    private async Task MakeAsync(long number, string owner, string[] fragments)
    {
        var made = await calls.Inventory(SiloOf(number)).Create(Root, new NewManagedObject(Marks.NameOf(number), Marks.TypeOf(number), realm.UserOf(owner).Name, RealmCalls.FragmentsOf(fragments)));
        realm.Name(number, made.Id);
    }

    private async Task LinkAllAsync()
    {
        foreach (var child in begins.Objects)
            foreach (var parent in child.Parents)
                if (parent != child.Id && (parent == Realm.Gone || realm.Find(parent) is not null))
                    await LinkAsync(Kinds[(parent + child.Id) % Kinds.Length], parent, child.Id);
    }

    /// <summary>No grain closes a circle; two at once can, and older stores hold some.</summary>
    private async Task LinkAsync(ChildKind kind, long parent, long child)
    {
        if (realm.Upward(parent, Kinds).Contains(child))
        {
            var permit = WritePermit.Demand(Caller.Platform(PlatformTask.Removal, realm.Tenant), new Resource(realm.Tenant, realm.IdOf(parent), null, false), Permission.InventoryAdmin);
            await calls.Of<ILinkStore>(0).LinkAsync(permit, kind, [realm.IdOf(child)]);
            await calls.Of<IFactPublisher>(0).PublishLinksAsync(realm.Tenant);
        }
        else
        {
            await calls.Object(SiloOf(parent), parent).Link(Root, kind, [realm.IdOf(child)]);
        }
        realm.AddLink(kind, parent, child);
    }

    /// <summary>Whatever there is of data, as each kind of it; operations where somebody would carry them out.</summary>
    private async Task AddDataAsync()
    {
        var all = begins.Objects.SelectMany(it => it.Data.SelectMany(fragments => Enum.GetValues<DataKind>().Select(kind => new AddData(kind, it.Id, fragments))));
        var possible = all.Where(add => new Foresight(realm, Realm.Root).Of(add) is null);
        foreach (var it in begins.Objects)
            foreach (var fragments in it.Data) await calls.ReportAsync(Root, Scenario.Root, SiloOf(it.Id), new Report(it.Id, fragments));
        realm.Data.AddRange(await Task.WhenAll(possible.Select(add => calls.AddAsync(Root, SiloOf(add.Object), add))));
    }

    private async Task MakeGroupsAndRolesAsync()
    {
        realm.Groups = new int[realm.Model.Groups.Length];
        for (var place = 0; place < realm.Groups.Length; place++) realm.Groups[place] = await MakeAsync($"group {place}", realm.Model.Groups[place]);
        _ghostGroup = await MakeAsync("ghost", new ModelGroup(Realm.Root.Authorities, [new DevicePermissions(Realm.Gone, [Everything])]));
        realm.Roles = new int[realm.Model.Roles.Length];
        for (var place = 0; place < realm.Roles.Length; place++) realm.Roles[place] = await MakeAsync($"role {place}", realm.Model.Roles[place]);
        _ghostRole = await MakeAsync("ghost", [new RolePermission("*", "*", "*")]);
    }

    private async Task<int> MakeAsync(string name, ModelGroup group) =>
        (await calls.Tenant(0).CreateGroup(Root, new NewGroup(name, "", RealmCalls.AuthoritiesOf(group.Authorities), [], Fragments.None) { DevicePermissions = OnDevices(group.OnDevices) })).Id;

    private async Task<int> MakeAsync(string name, RolePermission[] permissions) =>
        (await calls.Tenant(0).CreateInventoryRole(Root, new NewInventoryRole(name, "", RealmCalls.PermissionsOf(permissions)))).Id;

    private async Task GiveAsync(ModelUser user)
    {
        var grain = calls.User<IUserGrain>(user.Name.Length, user.Name);
        foreach (var place in user.Groups) await grain.AddToGroup(Root, place < realm.Groups.Length ? realm.Groups[place] : _ghostGroup);
        foreach (var given in user.Assignments)
            if (IsThere(given.Object))
                await grain.AssignRoles(Root, realm.IdOf(given.Object), [.. given.Roles.Select(place => place < realm.Roles.Length ? realm.Roles[place] : _ghostRole).Distinct()]);
        if (user.OnDevices.Length + (user.IsDisabled || user.MustChangePassword ? 1 : 0) > 0)
            await grain.Update(Root, new UserChange(null, null, null, null, null, null, !user.IsDisabled, user.MustChangePassword, null) { DevicePermissions = OnDevices(user.OnDevices) });
    }

    private IReadOnlyList<ObjectGrants> OnDevices(DevicePermissions[] all) =>
        [.. all.Where(on => IsThere(on.Object)).Select(on => new ObjectGrants(realm.IdOf(on.Object), RealmCalls.GrantsOf(on.Texts)))];

    private bool IsThere(long number) => number == Realm.Gone || realm.Find(number) is not null;
}
