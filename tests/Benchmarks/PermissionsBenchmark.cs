using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Bailiwick.Benchmarks;

/// <summary>What rights on single objects cost: one decision, a page of what they reach, and taking them away.</summary>
internal sealed class PermissionsBenchmark(Bench bench)
{
    private const double DecisionNanosecondsTarget = 200;
    private const double PageP99MillisecondsTarget = 3;
    private const double PageToAdminTarget = 2;
    // Twice the noise of one round beside another on a shared machine: what grew with the store would be off by far more.
    private const double PageToSmallTarget = 1.5;
    private const double UnlinkMillisecondsTarget = 50;
    private const double RevocationMillisecondsTarget = 200;

    private const int GroupsMax = 1_000;
    private const int RolesOfReader = 20;
    private const int Sessions = 1_000;
    private const int UnlinksPerRound = 4;
    private const int SmallerBy = 100;
    private const int SmallMin = 1_000;
    private const double WarmSeconds = 3;
    private const string Password = "Password-of-the-bench-1";

    private static readonly (string Title, string Target)[] Pages =
    [
        ("devices", "/inventory/managedObjects?fragmentType=c8y_IsDevice&pageSize=100"),
        // A group is shown with up to 2,000 of its children unless a client asks for less: then these are the answer, and not the page.
        ("anything, without children", "/inventory/managedObjects?pageSize=100&withChildren=false"),
    ];

    private int Small => Math.Max(bench.Options.Objects / SmallerBy, SmallMin);

    private int Groups => Math.Min(GroupsMax, Small / 10);

    public async Task RunAsync()
    {
        await BailiwickServer.PublishAsync(bench);
        await Machine.DescribeAsync(bench, withMosquitto: false);
        Decide();

        var small = await FilledAsync("small", Small);
        var large = await FilledAsync("large", bench.Options.Objects);
        await using var smallServer = await BailiwickServer.StartAsync(bench, bench["small"]);
        await using var largeServer = await BailiwickServer.StartAsync(bench, bench["large"]);
        await CountAsync(smallServer, small);
        await CountAsync(largeServer, large);

        var role = await ReaderAsync(smallServer, small);
        await ReaderAsync(largeServer, large);
        await PagesAsync(smallServer, largeServer, large);
        await UnlinkAsync(largeServer, large, role);
        await RevokeAsync(largeServer, large, role);
    }

    private void Decide()
    {
        var (decisions, times) = (new DecisionTimes(), new Dictionary<string, List<double>>());
        foreach (var _ in decisions.Round())
        {
            // The first round's code is new.
        }
        for (var round = 0; round < bench.Options.Rounds; round++)
            foreach (var (title, nanoseconds) in decisions.Round())
                (times.TryGetValue(title, out var all) ? all : times[title] = []).Add(nanoseconds);
        bench.Report.Line();
        bench.Report.Line($"DECISION: {DecisionTimes.Roles} inventory roles, an object with {DecisionTimes.Levels} levels above it; {bench.Options.Rounds} rounds");
        foreach (var (title, all) in times)
            bench.Report.Line($"  {title,-50} {Spread.Of(all).Median:0} ns ({Spread.Of(all).Min:0} - {Spread.Of(all).Max:0})");
        bench.Report.AtMost("ns of a decision, of the dearest case", times.Values.Max(all => Spread.Of(all).Median), DecisionNanosecondsTarget);
    }

    /// <summary>A store that a server has founded and that is full of devices.</summary>
    private async Task<GroupedStore> FilledAsync(string name, int devices)
    {
        await using (await BailiwickServer.StartAsync(bench, bench[name]))
        {
        }
        var began = Stopwatch.GetTimestamp();
        var store = await GroupedStore.FillAsync(bench, bench[name], Groups, devices);
        bench.Report.Progress($"filled with {store.Objects:#,0} objects in {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s, {Disk.Bytes(bench[name]) / 1e6:#,0} MB on disk");
        return store;
    }

    /// <summary>What the server finds in a store that it did not fill itself.</summary>
    private async Task CountAsync(BailiwickServer server, GroupedStore store)
    {
        async Task RequireAsync(string filter, long wanted)
        {
            using var count = await server.Admin().CallAsync(HttpMethod.Get, $"/inventory/managedObjects/count?{filter}", null, HttpStatusCode.OK, bench.Stop);
            var found = count!.RootElement.ValueKind == System.Text.Json.JsonValueKind.Object ? count.RootElement.GetProperty("count").GetInt64() : count.RootElement.GetInt64();
            if (found != wanted) throw new BenchmarkException($"The server counts {found} objects of '{filter}', not {wanted}.");
        }

        bench.Report.Progress($"the server counts");
        await RequireAsync("fragmentType=c8y_IsDevice", store.Devices);
        await RequireAsync("type=c8y_DeviceGroup", 1 + GroupedStore.Halls + store.Groups);
        await RequireAsync("owner=admin&fragmentType=c8y_Hardware", store.Devices);
        using var children = await server.Admin().CallAsync(
            HttpMethod.Get, $"/inventory/managedObjects/{store.Group(store.Groups - 1)}/childAssets?pageSize=1&withTotalElements=true", null, HttpStatusCode.OK, bench.Stop);
        var below = children!.RootElement.GetProperty("statistics").GetProperty("totalElements").GetInt64();
        if (below != store.DevicesOf(store.Groups - 1)) throw new BenchmarkException($"The server finds {below} devices in a group of {store.DevicesOf(store.Groups - 1)}.");
    }

    /// <summary>A role that lets see everything, and the user who holds it on some groups. Answers the role.</summary>
    private async Task<string> ReaderAsync(BailiwickServer server, GroupedStore store)
    {
        var admin = server.Admin();
        var role = await admin.MakeAsync("/user/inventoryroles", """{"name":"sees","permissions":[{"scope":"*","type":"*","permission":"READ"}]}""", bench.Stop);
        await NewUserAsync(admin, "reader");
        for (var index = 0; index < RolesOfReader; index++) await AssignAsync(admin, "reader", store.Group(OfReader(store, index)), role);
        return role;
    }

    // Far from each other, and in all halls.
    private static int OfReader(GroupedStore store, int index) => (index * store.Groups / RolesOfReader + index % GroupedStore.Halls) % store.Groups;

    private async Task PagesAsync(BailiwickServer smallServer, BailiwickServer largeServer, GroupedStore store)
    {
        var seen = Enumerable.Range(0, RolesOfReader).Sum(index => store.DevicesOf(OfReader(store, index))) + RolesOfReader;
        bench.Report.Line();
        bench.Report.Line($"PAGE OF 100: {store.Devices:#,0} devices in {store.Groups:#,0} groups, a user with inventory roles on {RolesOfReader} of these, who sees {seen:#,0} objects; one request at a time, {bench.Options.Rounds} rounds of {bench.Options.RoundSeconds} s each");
        foreach (var (title, page) in Pages) await PageAsync(smallServer, largeServer, title, page);
    }

    private async Task PageAsync(BailiwickServer smallServer, BailiwickServer largeServer, string title, string page)
    {
        var ofUser = HttpLoad.Request("GET", page, "t1/reader", Password, null);
        Side[] sides = [new("user", largeServer, ofUser), new("administrator", largeServer, BailiwickServer.AdminRequest("GET", page)), new($"user, {Small} devices", smallServer, ofUser)];
        foreach (var side in sides) await RoundAsync(side, WarmSeconds);
        for (var round = 0; round < bench.Options.Rounds; round++)
        {
            foreach (var side in round % 2 == 0 ? sides : sides.Reverse()) side.Rounds.Add(await RoundAsync(side, bench.Options.RoundSeconds));
            bench.Report.Progress($"round {round + 1} of {bench.Options.Rounds}: p99 {string.Join(", ", sides.Select(side => $"{side.Rounds[^1].P99.ToString("0.00", CultureInfo.InvariantCulture)} ms {side.Title}"))}");
        }
        bench.Report.Line($"  {title}; load average {Machine.LoadAverage()}");
        foreach (var side in sides)
            bench.Report.Line($"    {side.Title,-22} p50 {side.Median(round => round.P50):0.00} ms, p99 {side.Median(round => round.P99):0.00} ms, {side.Median(round => round.ServerMicroseconds):0} us of the server's processor each");
        bench.Report.AtMost("ms p99 of the user's page", sides[0].Median(round => round.P99), PageP99MillisecondsTarget);
        bench.Report.AtMost("user's page to administrator's, p50", sides[0].RatioTo(sides[1]), PageToAdminTarget);
        bench.Report.AtMost($"user's page to the same of {Small} devices, p50", sides[0].RatioTo(sides[2]), PageToSmallTarget);
    }

    private Task<HttpResult> RoundAsync(Side side, double seconds) =>
        new HttpLoad(bench).RunAsync(new HttpTarget(side.Server.HttpPort, side.Server.Target.ProcessId), 1, seconds, [side.Request], 200);

    private async Task UnlinkAsync(BailiwickServer server, GroupedStore store, string role)
    {
        var admin = server.Admin();
        await NewUserAsync(admin, "overseer");
        await AssignAsync(admin, "overseer", store.Plant, role);
        var (overseer, answered, seen) = (server.User("overseer", Password), new List<double>(), new List<double>());
        for (var turn = -1; turn < bench.Options.Rounds * UnlinksPerRound; turn++)
        {
            var hall = (turn + 1) % GroupedStore.Halls;
            var (inside, outside) = (store.DeviceIn(hall, 0), store.DeviceIn((hall + 1) % GroupedStore.Halls, 0));
            await RequireShownAsync(overseer, $"/inventory/managedObjects?ids={inside},{outside}", inside, outside);
            await RequireStatusAsync(overseer, inside, HttpStatusCode.OK);
            var asked = Stopwatch.GetTimestamp();
            (await admin.CallAsync(HttpMethod.Delete, $"/inventory/managedObjects/{store.Plant}/childAssets/{store.Hall(hall)}", null, HttpStatusCode.NoContent, bench.Stop))?.Dispose();
            var took = Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
            await RequireStatusAsync(overseer, inside, HttpStatusCode.Forbidden);
            // The first finds the server's and this program's code new.
            if (turn >= 0) (answered, seen) = ([.. answered, took], [.. seen, Stopwatch.GetElapsedTime(asked).TotalMilliseconds]);
            await RequireShownAsync(overseer, $"/inventory/managedObjects?ids={inside},{outside}", outside);
            await RequireStatusAsync(overseer, outside, HttpStatusCode.OK);
            using var linked = await admin.CallAsync(HttpMethod.Post, $"/inventory/managedObjects/{store.Plant}/childAssets", $$$"""{"managedObject":{"id":"{{{store.Hall(hall)}}}"}}""", HttpStatusCode.Created, bench.Stop);
        }
        bench.Report.Line();
        bench.Report.Line($"UNLINK: a subgroup with {store.Devices / GroupedStore.Halls + store.Groups / GroupedStore.Halls:#,0} descendants taken out of what a user has a role on, {answered.Count} times; each time the user's very next request was refused, and its list without them");
        bench.Report.Line($"  answered after {Text(answered)}; with the user's next request, refused, {Text(seen)}");
        bench.Report.AtMost("ms until a subgroup was unlinked, the longest", answered.Max(), UnlinkMillisecondsTarget);
    }

    private async Task RevokeAsync(BailiwickServer server, GroupedStore store, string role)
    {
        var admin = server.Admin();
        await NewUserAsync(admin, "crowd");
        await NewRoleAsync(admin, "users/crowd", "ROLE_INVENTORY_CREATE");
        var group = await admin.MakeAsync("/user/t1/groups", """{"name":"of the crowd"}""", bench.Stop);
        await NewRoleAsync(admin, $"groups/{group}", "ROLE_INVENTORY_READ");
        var (byRole, byGroup) = (new List<double>(), new List<double>());
        for (var round = -1; round < bench.Options.Rounds; round++)
        {
            var assignment = await AssignAsync(admin, "crowd", store.Hall(0), role);
            var lostRole = await LoseAsync(server, store, $"/user/t1/users/crowd/roles/inventory/{assignment}");
            using (await admin.CallAsync(HttpMethod.Post, $"/user/t1/groups/{group}/users", """{"user":{"id":"crowd"}}""", HttpStatusCode.Created, bench.Stop))
            {
            }
            var lostGroup = await LoseAsync(server, store, $"/user/t1/groups/{group}/users/crowd");
            if (round >= 0) (byRole, byGroup) = ([.. byRole, lostRole], [.. byGroup, lostGroup]);
            bench.Report.Progress($"taken from {Sessions} sessions: an inventory role in {lostRole:0.0} ms, a group in {lostGroup:0.0} ms");
        }
        bench.Report.Line();
        bench.Report.Line($"ROLE CHANGE: a user with {Sessions:#,0} open MQTT sessions loses an inventory role, or a group, {byRole.Count} times each: until it is answered, the user's next request is refused and every session is seen to have ended");
        bench.Report.Line($"  an inventory role: {Text(byRole)}; a group: {Text(byGroup)}");
        bench.Report.AtMost($"ms until a right was gone from {Sessions:#,0} sessions, the longest", byRole.Concat(byGroup).Max(), RevocationMillisecondsTarget);
    }

    /// <summary>Milliseconds until what a request takes away is gone.</summary>
    private async Task<double> LoseAsync(BailiwickServer server, GroupedStore store, string taken)
    {
        using var crowd = await SessionCrowd.ConnectAsync(server.Target.Port, "crowd", Password, Sessions, bench.Stop);
        var (admin, user, device) = (server.Admin(), server.User("crowd", Password), store.DeviceIn(0, 0));
        await RequireStatusAsync(user, device, HttpStatusCode.OK);
        // A first request opens the connection, which is not what is measured.
        await RequireStatusAsync(admin, device, HttpStatusCode.OK);
        if (!crowd.AreAllOpen) throw new BenchmarkException("A session ended before its user had lost anything.");
        var asked = Stopwatch.GetTimestamp();
        (await admin.CallAsync(HttpMethod.Delete, taken, null, HttpStatusCode.NoContent, bench.Stop))?.Dispose();
        await RequireStatusAsync(user, device, HttpStatusCode.Forbidden);
        var refused = Stopwatch.GetTimestamp();
        return Stopwatch.GetElapsedTime(asked, Math.Max(refused, await crowd.EndedAsync())).TotalMilliseconds;
    }

    private async Task NewUserAsync(HttpClient admin, string name)
    {
        using var made = await admin.CallAsync(
            HttpMethod.Post, "/user/t1/users", $$"""{"userName":"{{name}}","email":"{{name}}@example.com","password":"{{Password}}"}""", HttpStatusCode.Created, bench.Stop);
    }

    private async Task NewRoleAsync(HttpClient admin, string to, string role)
    {
        using var given = await admin.CallAsync(
            HttpMethod.Post, $"/user/t1/{to}/roles", $$$"""{"role":{"self":"{{{admin.BaseAddress}}}user/roles/{{{role}}}"}}""", HttpStatusCode.Created, bench.Stop);
    }

    private async Task<string> AssignAsync(HttpClient admin, string user, string at, string role)
    {
        using var assigned = await admin.CallAsync(
            HttpMethod.Post, $"/user/t1/users/{user}/roles/inventory", $$$"""{"managedObject":"{{{at}}}","roles":[{"id":{{{role}}}}]}""", HttpStatusCode.OK, bench.Stop);
        return assigned!.RootElement.GetProperty("id").GetRawText();
    }

    private async Task RequireStatusAsync(HttpClient client, string id, HttpStatusCode wanted)
    {
        var status = await client.StatusAsync($"/inventory/managedObjects/{id}", bench.Stop);
        if (status != wanted) throw new BenchmarkException($"An object was answered {(int)status}, not {(int)wanted}.");
    }

    private async Task RequireShownAsync(HttpClient client, string list, params string[] wanted)
    {
        using var page = await client.CallAsync(HttpMethod.Get, list, null, HttpStatusCode.OK, bench.Stop);
        var shown = page!.RootElement.GetProperty("managedObjects").EnumerateArray().Select(found => found.GetProperty("id").GetString()!).ToHashSet();
        if (!shown.SetEquals(wanted)) throw new BenchmarkException($"A list held {string.Join(", ", shown)} and not {string.Join(", ", wanted)}.");
    }

    private static string Text(List<double> milliseconds)
    {
        var spread = Spread.Of(milliseconds);
        return string.Create(CultureInfo.InvariantCulture, $"{spread.Median:0.0} ms ({spread.Min:0.0} - {spread.Max:0.0})");
    }

    /// <summary>One of those that are asked for a page by turns.</summary>
    private sealed record Side(string Title, BailiwickServer Server, byte[] Request)
    {
        public List<HttpResult> Rounds { get; } = [];

        public double Median(Func<HttpResult, double> figure) => Spread.Of(Rounds.Select(figure)).Median;

        /// <summary>The median of the rounds' ratios.</summary>
        public double RatioTo(Side other) => Spread.Of(Rounds.Zip(other.Rounds, (one, another) => one.P50 / another.P50)).Median;
    }
}
