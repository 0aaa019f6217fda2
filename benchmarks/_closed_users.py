"""Plain Locust as most people run it: ten closed users, each sending every 0.1 s unless it still waits."""

from locust import FastHttpUser, constant_pacing, task


class Closed(FastHttpUser):
    wait_time = constant_pacing(0.1)

    @task
    def page(self):
        self.client.get("/page")
