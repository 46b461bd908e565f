using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

/// <summary>A cluster's grains, each call at the silo that the scenario names.</summary>
internal sealed class ClusterStage(GatedCluster cluster) : IStage
{
    private static int _tenants;

    public async Task<IPart> SettleAsync(ModelTenant begins)
    {
        var realm = new Realm(new TenantId($"s{Interlocked.Increment(ref _tenants)}"), begins);
        var calls = new RealmCalls(cluster, realm);
        await new Settling(calls, realm, begins).RunAsync();
        return new Part(realm, calls);
    }

    private sealed class Part(Realm realm, RealmCalls calls) : IPart
    {
        public Realm Realm => realm;

        public Task DoAsync(string actor, int silo, Change change) => calls.DoAsync(realm.Callers[actor], actor, silo, change);

        public RefusalKind? Told(RefusalKind? expected, Change change) => expected;

        public IForecast? Foresee(Step step, Change change, ScenarioTally tally) => Forecast.IsTried(step, change) ? new Forecast(calls, realm, step, change, tally) : null;

        public async Task AskAsync(Realm other, Question question, ScenarioTally tally)
        {
            await new Inquiry(calls, realm, other, question, realm.Callers[question.User], tally).RunAsync();
            await new Account(calls, realm, question, tally).RunAsync();
        }
    }
}
