using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

/// <summary>Plays scenarios of users who manage users. After each change all of them are looked at, so that what was refused has changed nothing.</summary>
internal sealed class StaffPlay(GatedCluster cluster, ScenarioTally tally)
{
    private static int _tenants;

    public async Task RunAsync(StaffScenario scenario)
    {
        var realm = new Realm(new TenantId($"u{Interlocked.Increment(ref _tenants)}"), WithEverybody(scenario.Tenant), isOfPeople: true);
        var calls = new RealmCalls(cluster, realm);
        await new Settling(calls, realm, scenario.Tenant).RunAsync();
        var staff = new Staff(realm);
        var staffCalls = new StaffCalls(calls, realm);
        foreach (var (place, rank) in scenario.Ranks.Index()) await RankAsync(staff, staffCalls, Models.Names[place], rank);
        await LookAsync(staff, calls, "the beginning");
        foreach (var step in scenario.Steps)
        {
            // Who was never there cannot do anything; who is gone tries.
            if (!realm.Callers.TryGetValue(step.Actor, out var caller)) continue;
            await DoAsync(staff, staffCalls, caller, step);
            await LookAsync(staff, calls, $"{step.Actor}: {Scenario.Words(step.Change)}");
            await AskAsync(staff, calls, step);
        }
        tally.Played(scenario.ToString());
    }

    // Whoever a smaller model has no more is still there, and holds nothing.
    private static ModelTenant WithEverybody(ModelTenant tenant) => tenant with
    {
        Users = [.. tenant.Users, .. Models.Names.Where(name => !tenant.Users.Any(user => user.Name == name)).Select(name => new ModelUser(name, [], [], [], [], false, false))],
    };

    private static async Task RankAsync(Staff staff, StaffCalls calls, string name, Rank rank)
    {
        foreach (var change in (Change[])[new HandOver(name, rank.Above), new ActFor(name, rank.ActsFor), new GiveApplications(name, rank.Applications)])
        {
            if (new StaffOracle(staff, Scenario.Root).Of(change) is not null) continue;
            await calls.DoAsync(staff.Realm.Callers[Scenario.Root], 0, change);
            staff.Apply(change, Scenario.Root, isAdministrator: true);
        }
    }

    private async Task DoAsync(Staff staff, StaffCalls calls, Caller caller, StaffStep step)
    {
        var oracle = new StaffOracle(staff, step.Actor);
        var (expected, isAdministrator) = (oracle.Of(step.Change), oracle.IsAdministrator);
        var by = step.Actor == Scenario.Root ? "root" : isAdministrator ? "administrator" : "user";
        tally.Count($"{step.Change.GetType().Name} by {by} {expected?.ToString() ?? "done"}");
        await Play.RequireAsync(expected, $"{step.Actor} in {Scenario.Words(step.Change)}", () => calls.DoAsync(caller, step.Silo, step.Change), tally);
        if (expected is not null) return;
        staff.Apply(step.Change, step.Actor, isAdministrator);
        if (NewlySignedIn(step.Change) is { } name) await calls.SignInAsync(name);
    }

    private static string? NewlySignedIn(Change change) => change switch
    {
        CreateUser make => make.User,
        Enable { IsEnabled: true } enable => enable.User,
        _ => null,
    };

    /// <summary>All users as the administrator sees them, before and after the same as the model has them.</summary>
    private async Task LookAsync(Staff staff, RealmCalls calls, string after)
    {
        var root = staff.Realm.Callers[Scenario.Root];
        var found = new List<string>();
        foreach (var user in (await calls.Whole<IUsersGrain>(tally.Calls % 2 == 0 ? 0 : 1).Find(root, Everybody, PageRequest.First with { Size = Limits.PageSizeMax })).Items)
            found.Add(staff.Words(user, await calls.User(0, user.Id.Name).Assignments(root)));
        string[] expected = [.. staff.Users.Select(staff.Words)];
        if (!found.SequenceEqual(expected))
            throw new ScenarioFailedException($"after {after}, the server has\n{string.Join('\n', found.Except(expected))}\nand the oracle\n{string.Join('\n', expected.Except(found))}");
    }

    /// <summary>Somebody asks which users there are, and for each.</summary>
    private async Task AskAsync(Staff staff, RealmCalls calls, StaffStep step)
    {
        if (!staff.Realm.Callers.TryGetValue(step.Asker, out var caller)) return;
        var oracle = new StaffOracle(staff, step.Asker);
        string[] expected = oracle.OfList is null ? [.. oracle.Shown] : [];
        var shown = new List<string>();
        Page<User>? page = null;
        for (var number = 1; page is null or { HasMore: true }; number++)
        {
            await Play.RequireAsync(oracle.OfList, $"{step.Asker} listing users",
                async () => page = await calls.Whole<IUsersGrain>(step.Silo).Find(caller, Everybody, new PageRequest(number, 2, true)), tally);
            if (page is null) break;
            shown.AddRange(page.Items.Select(user => user.Id.Name));
            if (page.Total != expected.Length) throw new ScenarioFailedException($"{step.Asker} is told of {page.Total} users, and the oracle tells of {expected.Length}");
        }
        if (!shown.SequenceEqual(expected)) throw new ScenarioFailedException($"{step.Asker} sees users {Model.Words(shown)}, and by the oracle {Model.Words(expected)}");
        tally.Rows += shown.Count;
        foreach (var name in Models.Names.Concat(Staff.Newcomers))
        {
            tally.Count($"reading a user {oracle.OfRead(name)?.ToString() ?? "done"}");
            await Play.RequireAsync(oracle.OfRead(name), $"{step.Asker} reading {name}", () => calls.User(step.Silo, name).Read(caller), tally);
            await Play.RequireAsync(oracle.OfRead(name), $"{step.Asker} reading the roles of {name}", () => calls.User(step.Silo, name).Assignments(caller), tally);
        }
    }

    private static UserQuery Everybody => new(null, null, null, false);
}

/// <summary>Changes of users by whoever is to make them: what a model says, put into the server's types.</summary>
internal sealed class StaffCalls(RealmCalls calls, Realm realm)
{
    private static readonly UserChange Nothing = new(null, null, null, null, null, null, null, null, null);

    public async Task SignInAsync(string name) => realm.Callers[name] = await calls.SignInAsync(name);

    public Task DoAsync(Caller caller, int silo, Change change) => change switch
    {
        CreateUser make => calls.User(silo, make.User).Create(caller, Request(make)),
        DeleteUser delete => calls.User(silo, delete.User).Delete(caller),
        HandOver hand => calls.User(silo, hand.User).SetOwner(caller, hand.Owner),
        ActFor act => calls.User(silo, act.User).SetDelegatedBy(caller, act.Other),
        Enable enable => calls.User(silo, enable.User).Update(caller, Nothing with { IsEnabled = enable.IsEnabled }),
        DemandNewPassword demand => calls.User(silo, demand.User).Update(caller, Nothing with { ShouldResetPassword = demand.IsDemanded }),
        GiveApplications give => calls.User(silo, give.User).Update(caller, Nothing with { Applications = [.. give.Applications.Select(id => new ApplicationAccess(id, null))] }),
        PermitAnew permit => calls.User(silo, permit.User).Update(caller, Nothing with { DevicePermissions = OnDevices(permit.OnDevices) }),
        PermitOnDevice on => calls.Whole<IUsersGrain>(silo).SetDevicePermissions(caller, realm.IdOf(on.Object), Permissions(on)),
        ChangeMembership { Joins: true } of => calls.User(silo, of.User).AddToGroup(caller, realm.Groups[of.Group]),
        ChangeMembership of => calls.User(silo, of.User).RemoveFromGroup(caller, realm.Groups[of.Group]),
        ChangeAuthority { User: { } name, IsGiven: true } of => calls.User(silo, name).Assign(caller, RealmCalls.AuthorityOf(of.Authority)),
        ChangeAuthority { User: { } name } of => calls.User(silo, name).Unassign(caller, RealmCalls.AuthorityOf(of.Authority)),
        ChangeAuthority { IsGiven: true } of => calls.Tenant(silo).AssignToGroup(caller, realm.Groups[of.Group], RealmCalls.AuthorityOf(of.Authority)),
        ChangeAuthority of => calls.Tenant(silo).UnassignFromGroup(caller, realm.Groups[of.Group], RealmCalls.AuthorityOf(of.Authority)),
        DeleteGroup of => calls.Tenant(silo).DeleteGroup(caller, realm.Groups[of.Group]),
        ChangeRole of => calls.Tenant(silo).UpdateInventoryRole(caller, realm.Roles[of.Role], new InventoryRoleChange(null, null, RealmCalls.PermissionsOf(of.Permissions!))),
        AssignRoles of => calls.User(silo, of.User).AssignRoles(caller, realm.IdOf(of.Object), Numbers(of.Roles)),
        ReplaceRoles of => ReplaceAsync(caller, silo, of),
        UnassignRoles of => UnassignAsync(caller, silo, of),
        _ => throw new ArgumentException(Scenario.Words(change)),
    };

    private NewUser Request(CreateUser make) => new(
        realm.UserOf(make.User).Name, UserProfile.Empty, GatedCluster.Password, true, false, [.. make.Groups.Select(group => realm.Groups[group])], RealmCalls.AuthoritiesOf(make.Authorities))
    {
        Owner = make.Owner, DevicePermissions = OnDevices(make.OnDevices),
    };

    private IReadOnlyList<ObjectGrants> OnDevices(DevicePermissions[] all) => [.. all.Select(on => new ObjectGrants(realm.IdOf(on.Object), RealmCalls.GrantsOf(on.Texts)))];

    private DevicePermissionsChange Permissions(PermitOnDevice on) => on.User is { } name
        ? new DevicePermissionsChange([new UserPermissions(realm.UserOf(name).Name, RealmCalls.GrantsOf(on.Texts))], [])
        : new DevicePermissionsChange([], [new GroupPermissions(realm.Groups[on.Group], RealmCalls.GrantsOf(on.Texts))]);

    private IReadOnlyList<int> Numbers(int[] places) => [.. places.Select(place => realm.Roles[place])];

    private async Task ReplaceAsync(Caller caller, int silo, ReplaceRoles of) => await calls.User(silo, of.User).ReplaceRoles(caller, await NumberAsync(of.User, of.Place), Numbers(of.Roles));

    private async Task UnassignAsync(Caller caller, int silo, UnassignRoles of) => await calls.User(silo, of.User).UnassignRoles(caller, await NumberAsync(of.User, of.Place));

    /// <summary>The server's number of an assignment, which the administrator looks up; one that there is not has none.</summary>
    private async Task<int> NumberAsync(string name, int place)
    {
        if (realm.FindUser(name)?.Assignments is not { } all || place >= all.Length) return int.MaxValue;
        var known = await calls.User(0, name).Assignments(realm.Callers[Scenario.Root]);
        return known.Single(one => one.Object == realm.IdOf(all[place].Object)).Id;
    }
}
