using System.Globalization;
using Bailiwick.Cluster.Tests.Scenarios;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Compatibility.Tests.Scenarios;

/// <summary>
/// Makes a tenant on a server as a model says, by its administrator's requests. What the model names and does not have is made as well, given to whom it
/// names, and deleted again. Circles, which no request makes, are left out.
/// </summary>
internal sealed class RestSettling(RestPart part, ModelTenant begins)
{
    private static readonly ChildKind[] Kinds = [ChildKind.Device, ChildKind.Asset, ChildKind.Addition];

    private static readonly string[] OverItself = ["ROLE_USER_MANAGEMENT_OWN_READ", "ROLE_USER_MANAGEMENT_OWN_ADMIN"];

    private readonly Realm _realm = part.Realm;
    private int _ghostGroup;
    private int _ghostRole;

    public async Task RunAsync()
    {
        foreach (var user in _realm.Model.Users) await MakeAsync(user.Name, user.Authorities);
        foreach (var name in Models.Names.Append(Realm.Bystander))
            if (_realm.FindUser(name) is null)
                await MakeAsync(name, []);
        foreach (var it in _realm.Model.Objects) await MakeAsync(it.Id, it.Owner, it.Fragments);
        await MakeAsync(Realm.Gone, Realm.Bystander, []);
        await LinkAllAsync();
        await AddDataAsync();
        await MakeGroupsAndRolesAsync();
        foreach (var user in _realm.Model.Users) await GiveAsync(user);
        await part.Root.DeleteAsync($"{part.Groups}/{_ghostGroup}");
        await part.Root.DeleteAsync($"/user/inventoryroles/{_ghostRole}");
        await part.Root.DeleteAsync(part.AddressOf(Realm.Gone));
        _realm.RemoveObject(Realm.Gone);
    }

    /// <summary>A user with just these authorities: the interface gives everybody those over itself.</summary>
    private async Task MakeAsync(string name, string[] authorities)
    {
        await part.Root.PostAsync(part.Users, new
        {
            userName = name, email = $"{name}@test.example", password = RestPart.Password, roles = new { references = authorities.Select(id => new { role = new { id } }) },
        });
        foreach (var own in OverItself.Except(authorities)) await part.Root.DeleteAsync($"{part.Users}/{name}/roles/{own}");
    }

    private async Task MakeAsync(long number, string owner, string[] fragments) =>
        _realm.Name(number, RestPart.ObjectIdOf(await part.Root.PostAsync("/inventory/managedObjects", RestPart.With(new { owner }, fragments))));

    private async Task LinkAllAsync()
    {
        foreach (var child in begins.Objects)
            foreach (var parent in child.Parents)
                if (parent != child.Id && (parent == Realm.Gone || _realm.Find(parent) is not null) && !_realm.Upward(parent, Kinds).Contains(child.Id))
                    await part.DoAsync(Scenario.Root, 0, new Link(Kinds[(parent + child.Id) % Kinds.Length], parent, child.Id));
    }

    private async Task AddDataAsync()
    {
        var all = begins.Objects.SelectMany(it => it.Data.SelectMany(fragments => Enum.GetValues<DataKind>().Select(kind => new AddData(kind, it.Id, fragments))));
        foreach (var add in all)
            if (new Foresight(_realm, Realm.Root).Of(add) is null)
                await part.AddAsync(part.Root, add);
    }

    private async Task MakeGroupsAndRolesAsync()
    {
        _realm.Groups = new int[_realm.Model.Groups.Length];
        for (var place = 0; place < _realm.Groups.Length; place++) _realm.Groups[place] = await MakeAsync($"group {place}", _realm.Model.Groups[place]);
        _ghostGroup = await MakeAsync("ghost", new ModelGroup(Realm.Root.Authorities, [new DevicePermissions(Realm.Gone, ["*:*:*"])]));
        _realm.Roles = new int[_realm.Model.Roles.Length];
        for (var place = 0; place < _realm.Roles.Length; place++) _realm.Roles[place] = await MakeRoleAsync($"role {place}", _realm.Model.Roles[place]);
        _ghostRole = await MakeRoleAsync("ghost", [new RolePermission("*", "*", "*")]);
    }

    private async Task<int> MakeAsync(string name, ModelGroup group)
    {
        var id = int.Parse(await part.Root.PostAsync(part.Groups, new { name, roles = new { references = group.Authorities.Select(role => new { role = new { id = role } }) } }), CultureInfo.InvariantCulture);
        if (OnDevices(group.OnDevices) is { Count: > 0 } permissions) await part.Root.PutAsync($"{part.Groups}/{id}", new { devicePermissions = permissions });
        return id;
    }

    private async Task<int> MakeRoleAsync(string name, RolePermission[] permissions) =>
        int.Parse(await part.Root.PostAsync("/user/inventoryroles", new { name, permissions = RestPart.PermissionsOf(permissions) }), CultureInfo.InvariantCulture);

    private async Task GiveAsync(ModelUser user)
    {
        foreach (var place in user.Groups)
            await part.Root.PostAsync($"{part.Groups}/{(place < _realm.Groups.Length ? _realm.Groups[place] : _ghostGroup)}/users", new { user = new { id = user.Name } });
        foreach (var given in user.Assignments)
            if (IsThere(given.Object))
                await part.GiveRolesAsync(user.Name, given.Object, given.Roles.Select(place => place < _realm.Roles.Length ? _realm.Roles[place] : _ghostRole).Distinct());
        await part.Root.PutAsync($"{part.Users}/{user.Name}", new { enabled = !user.IsDisabled, shouldResetPassword = user.MustChangePassword, devicePermissions = OnDevices(user.OnDevices) });
    }

    private Dictionary<string, string[]> OnDevices(DevicePermissions[] all) =>
        all.Where(on => IsThere(on.Object)).ToDictionary(on => _realm.IdOf(on.Object).ToString(), on => on.Texts);

    private bool IsThere(long number) => number == Realm.Gone || _realm.Find(number) is not null;
}
