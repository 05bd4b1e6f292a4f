# Serves the recipe for Rails on PORT; the header X-User stands for its login.
require "action_controller/railtie"

class Site < Rails::Application
  config.eager_load = false
  config.logger = Logger.new($stderr)
  config.secret_key_base = "only for this test" * 4
  routes.append { post "/uploads/token", to: "uploads#token" }
end

class ApplicationController < ActionController::API
  User = Struct.new(:email)

  def current_user
    User.new(request.headers["X-User"])
  end
end

require "./longshore_grant"
require "./uploads_controller"
Site.initialize!

begin
  require "rackup"
  server = Rackup::Handler::WEBrick
rescue LoadError # Rack 2 has the servers itself
  server = Rack::Handler::WEBrick
end
server.run(Site, Host: "127.0.0.1", Port: ENV.fetch("PORT"))
